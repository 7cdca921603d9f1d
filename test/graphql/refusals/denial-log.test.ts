import { ApolloServer } from '@apollo/server';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { authorizationPlugin } from '../../../src/graphql/apollo/authorization-plugin.js';
import { DenialLog } from '../../../src/graphql/refusals/denial-log.js';
import { Refusals } from '../../../src/graphql/refusals/refusal.js';
import type { RefusalLine } from '../../../src/http/log/refusal-lines.js';
import { createServerCounts } from '../../../src/http/metrics/server-counts.js';
import { OperationRecord, recordIn } from '../../../src/http/operation-record.js';
import { schemaOf, user } from '../../authorization/harness.js';

const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
const note = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
beforeEach(() => void lines.splice(0));

/** One field more than a line names. */
const DENIED = Array.from({ length: defaultLimits.loggedDenials + 1 }, (_, at) => `denied${at}`);

/** A server that logs what it denies, over a schema with a list, an argument and a policy that fails. */
function createServer(mode: 'enforce' | 'report' = 'enforce', hints = true) {
  const denialLog = new DenialLog({ warn: note('warn'), error: note('error') }, { mode, hints }, createServerCounts());
  const schema = schemaOf(
    `type Query @authenticated {
      notes(by: String @requiresRoles(roles: [["Editor"]])): [Note!]
    }
    type Note { ${DENIED.map((name) => `${name}: String @requiresRoles(roles: [["Editor"]])`).join(' ')} text: String secret: String @requiresRoles(roles: [["Editor"]]) mine: String @policy(policies: [["owns"]]) }`,
    { Query: { notes: () => [1, 2, 3].map((id) => ({ text: `text ${id}`, secret: 'told', mine: 'own' })) } },
  );
  const owns = () => {
    throw new Error('the policy lost its database');
  };
  const authorization = createAuthorization<AuthorizationContext>({
    schema,
    mode,
    policies: { owns },
    onDenied: (denial, context) => denialLog.record(denial, context),
  });
  const server = new ApolloServer<AuthorizationContext>({
    schema: authorization.schema,
    plugins: [
      authorizationPlugin({ authorization, refusals: new Refusals({}), checkCost: () => undefined }),
      denialLog.plugin(),
    ],
  });
  return async (query: string, variables: Record<string, unknown> = {}, caller: Caller | undefined = user()) => {
    const { body } = await server.executeOperation({ query, variables }, { contextValue: denialLog.watch({ caller }) });
    return JSON.stringify(body);
  };
}

const { objectId: oid, clientId: client, tenantId: tid } = user();

describe('the log of denials', () => {
  it('is one line: who, which coordinates, what was missing', async () => {
    await createServer()('{ notes { secret } }');
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: { kind: 'delegated', oid, client, tid, denied: { 'Note.secret': 'role Editor' }, count: 1 },
        message: 'fields denied',
      },
    ]);
  });

  it('leaves out what is granted', async () => {
    await createServer()('{ notes { text } }');
    expect(lines).toEqual([]);
  });

  it('counts a field once for each place in the query, however long the list', async () => {
    await createServer()('{ a: notes { secret } b: notes { secret x: secret } }');
    expect(lines[0]?.fields).toMatchObject({ denied: { 'Note.secret': 'role Editor' }, count: 3 });
  });

  it('names as many coordinates as are allowed, and counts all', async () => {
    const ask = createServer();
    await ask(`{ notes { ${DENIED.slice(1).join(' ')} } }`);
    await ask(`{ notes { ${DENIED.join(' ')} } }`);
    const told = lines.map(({ fields }) => [Object.keys(Object(fields).denied).length, Object(fields).count]);
    const { loggedDenials } = defaultLimits;
    expect(told).toEqual([
      [loggedDenials, loggedDenials],
      [loggedDenials, loggedDenials + 1],
    ]);
  });

  it('has no value of the request and none of the answer', async () => {
    await createServer()('query ($by: String) { notes(by: $by) { secret } }', { by: 'a private name' });
    expect(lines[0]?.fields).toMatchObject({ denied: { 'Query.notes(by:)': 'role Editor' } });
    expect(JSON.stringify(lines)).not.toMatch(/private name|told/);
  });

  it('has the error of a policy once, and the client does not get it', async () => {
    const answer = await createServer()('{ notes { mine } }');
    expect(lines.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        fields: { err: new Error('the policy lost its database'), coordinate: 'Note.mine' },
        message: 'a policy threw an error, so its field is denied',
      },
    ]);
    expect(answer).not.toContain('lost its database');
  });

  it('has lines of anonymous callers while their address may have more, and lines of all others', () => {
    const denial = { coordinate: 'Query.notes', code: 'FORBIDDEN', missing: [], path: ['notes'] } as const;
    const log = { warn: note('warn'), error: note('error') };
    for (const mayLog of [true, false]) {
      const take = (line: RefusalLine) => {
        expect(line).toEqual({ source: '192.0.2.1', code: 'FORBIDDEN' });
        return mayLog;
      };
      const options = { mode: 'enforce', hints: true, refusalLines: { take } } as const;
      const denialLog = new DenialLog(log, options, createServerCounts());
      for (const caller of [undefined, user()]) {
        const record = new OperationRecord(caller !== undefined, '192.0.2.1', () => undefined);
        const context = recordIn(denialLog.watch({ caller }), record);
        denialLog.record(denial, context);
        denialLog.write(context);
      }
    }
    expect(lines.map(({ fields }) => Object(fields).kind)).toEqual(['anonymous', 'delegated', 'delegated']);
  });

  it('in report mode counts a denial once that the plan and the guard both report', async () => {
    await createServer('report')('query ($by: String) { notes(by: $by) { secret } }', { by: 'x' });
    expect(lines).toMatchObject([
      {
        fields: { denied: { 'Query.notes(by:)': 'role Editor', 'Note.secret': 'role Editor' }, count: 2 },
        message: 'fields would have been denied',
      },
    ]);
  });

  it('in report mode leaves out what is missing if hints are off', async () => {
    const query = '{ notes { secret } }';
    expect(await createServer('report')(query)).toContain('"denied":{"Note.secret":"role Editor"}');
    expect(await createServer('report', false)(query)).toContain('"denied":{"Note.secret":null}');
  });
});
