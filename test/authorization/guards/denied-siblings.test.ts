import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execute, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { schemaOf, user } from '../harness.js';

const program = fileURLToPath(new URL('denied-siblings.ts', import.meta.url));
const tsx = fileURLToPath(new URL('../../../node_modules/.bin/tsx', import.meta.url));

describe('a denied item beside a sibling that throws', () => {
  it('does not end a process that handles no rejections', async () => {
    const { stdout } = await promisify(execFile)(tsx, [program], { env: { PATH: process.env.PATH } }).catch(
      ({ stdout = '', stderr = '' }) => ({ stdout: `${stdout}${stderr}` }),
    );
    expect(stdout).toMatch(/\nsurvived\n$/);
    expect(stdout).not.toMatch(/^NONE /m);
    expect(stdout.split('\n').length).toBeGreaterThan(300);
  });
});

describe('what the token alone denies', () => {
  const schema = schemaOf(
    `
    type Query { items: [Item!] @authenticated }
    type Item { id: Int @authenticated secret: Int @requiresRoles(roles: [["r"]]) stepUp: Int @requiresAuthContext(id: "c1")
      both: Int @requiresRoles(roles: [["r"]]) @policy(policies: [["p"]]) }`,
    { Query: { items: () => [{ id: 1 }, { id: 2 }] } },
  );
  const { schema: guarded } = createAuthorization({ schema, policies: { p: () => true } });

  it.each(['secret', 'stepUp', 'both', 'id'])('is decided without a promise: %s', async (field) => {
    const nullable = schemaOf(
      'type Query { item: Item @authenticated } type Item @authenticated { id: Int secret: Int @requiresRoles(roles: [["r"]]) stepUp: Int @requiresAuthContext(id: "c1") both: Int @requiresRoles(roles: [["r"]]) @policy(policies: [["p"]]) }',
    );
    const one = createAuthorization({ schema: nullable, policies: { p: () => true } });
    const answer = execute({
      schema: one.schema,
      document: parse(`{ item { ${field} } }`),
      rootValue: { item: { id: 1 } },
      contextValue: { caller: user() },
    });
    expect(answer).not.toBeInstanceOf(Promise);
    expect(Object(answer).errors?.length).toBe(field === 'id' ? undefined : 1);
  });

  it('leaves a list synchronous whose items a denial cannot end', () => {
    const answer = execute({
      schema: guarded,
      document: parse('{ items { id secret } }'),
      contextValue: { caller: user() },
    });
    expect(answer).not.toBeInstanceOf(Promise);
    expect(Object(answer).errors).toHaveLength(2);
  });

  it.each([
    ['leaves a list synchronous when variables leave out all that may be denied', true, false],
    ['makes promises of the items when variables select what is denied', false, true],
  ])('%s', async (_title, isLeftOut, isPromised) => {
    const fragile = schemaOf(
      `type Query { items(named: String @requiresRoles(roles: [["r"]])): [Item!] @authenticated }
       type Item { id: Int! @authenticated secret: Int! @requiresRoles(roles: [["r"]]) }`,
      { Query: { items: () => [{ id: 1, secret: 2 }] } },
    );
    const answer = execute({
      schema: createAuthorization({ schema: fragile }).schema,
      document: parse(
        'query ($isLeftOut: Boolean!, $named: String) { items(named: $named) { id secret @skip(if: $isLeftOut) } }',
      ),
      contextValue: { caller: user() },
      variableValues: { isLeftOut },
    });
    expect(answer instanceof Promise).toBe(isPromised);
    expect(Object(await answer).data).toEqual({ items: isLeftOut ? [{ id: 1 }] : null });
  });
});
