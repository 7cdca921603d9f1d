import { createHook } from 'node:async_hooks';
import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { authorize, user } from '../harness.js';

const sdl = `
  type Query { items: [Item] @authenticated }
  type Item {
    own: Int @policy(policies: [["own"]])
    either: Int @policy(policies: [["never", "own"], ["own"]])
    both: Int @policy(policies: [["own"]]) @requiresScopes(scopes: [["read"]])
  }
`;

async function countPromises(run: () => unknown): Promise<number> {
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made += 1;
    },
  }).enable();
  await run();
  hook.disable();
  return made;
}

describe('a policy that answers at once, where the token grants', () => {
  it.each([
    ['granted', 'own', true],
    ['granted by the second alternative', 'either', true],
    ['granted beside a scope', 'both', true],
    ['denied', 'own', false],
  ])('makes no promise, whatever the number of fields: %s', async (_what, field, isGranted) => {
    const items = [{ own: 1, either: 1, both: 1 }];
    const { schema } = authorize(
      sdl,
      { Query: { items: () => items } },
      { policies: { own: () => isGranted, never: () => false } },
    );
    const contextValue = { caller: user({ scopes: ['read'] }) };
    const count = (fields: number) => {
      const aliases = Array.from({ length: fields }, (_, at) => `a${at}: ${field}`).join(' ');
      return countPromises(async () => {
        const { data } = await execute({ schema, document: parse(`{ items { ${aliases} } }`), contextValue });
        expect(Object(data?.items)[0].a0).toBe(isGranted ? 1 : null);
      });
    };
    await count(1);
    expect(await count(60)).toBe(await count(20));
  });
});
