import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countPromisesDuring } from '../../support/execution/count-promises.js';
import { authorize, user } from '../harness.js';

const sdl = `
  type Query { items: [Item] @authenticated }
  type Item {
    own: Int @policy(policies: [["own"]])
    either: Int @policy(policies: [["never", "own"], ["own"]])
    both: Int @policy(policies: [["own"]]) @requiresScopes(scopes: [["read"]])
  }
`;

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
      return countPromisesDuring(async () => {
        const { data } = await execute({ schema, document: parse(`{ items { ${aliases} } }`), contextValue });
        expect(Object(data?.items)[0].a0).toBe(isGranted ? 1 : null);
      });
    };
    await count(1);
    expect(await count(60)).toBe(await count(20));
  });
});
