import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { findPersona } from '../../../src/expenses/sample-data/personas.js';
import { ask, startWithSubgraphs } from '../../hosts/gateway-harness.js';
import { startApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';
import { insertReport } from '../../support/sample-report.js';

const erin = findPersona('erin');
const mia = findPersona('mia');
const miaId = formatGlobalId('Employee', mia.objectId);

/** A second subgraph: projects refer to employees and reports of the sample, and reports get a cost centre. */
const projects = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { leads: [Employee!] filed: [ExpenseReport!] }
  type Employee @key(fields: "id", resolvable: false) { id: ID! }
  type ExpenseReport @key(fields: "id") { id: ID! costCentre: String }
`);

async function startProjects(reportIds: readonly string[]) {
  const costCentre = ({ id }: { readonly id: string }) => `centre of ${id}`;
  const schema = buildSubgraphSchema({
    typeDefs: projects,
    resolvers: {
      Query: { leads: () => [{ id: miaId }], filed: () => reportIds.map((id) => ({ id })) },
      ExpenseReport: { costCentre, __resolveReference: ({ id }: { readonly id: string }) => ({ id }) },
    },
  });
  const server = new ApolloServer({ schema });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  return { url, stop: () => server.stop() };
}

async function start(script: string) {
  const api = await startApi({ FEDERATION: 'subgraph', GRAPHQL_INTROSPECTION: 'authenticated' });
  const superuser = await openSuperuser(api.database);
  const { tenantId, objectId: authorId } = erin;
  const uuid = await insertReport(superuser, { tenantId, authorId, status: 'DRAFT', title: 'A draft of Erin' });
  await superuser.end();
  const reportId = formatGlobalId('ExpenseReport', uuid);
  const other = await startProjects([reportId]);
  const expenses = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  // As rover and other tools that compose do it, with a token of their own.
  const tokenOf = (persona: string) => api.emulator.issueAccessToken(persona);
  const service = await ask(expenses, '{ _service { sdl } }', await tokenOf('export-job'));
  const { sdl } = Object(Object(service.data)._service);
  const gateway = await startWithSubgraphs(script, [
    { name: 'expenses', url: expenses, typeDefs: parse(sdl) },
    { name: 'projects', url: other.url, typeDefs: projects },
  ]);
  return {
    reportId,
    ask: async (persona: string | undefined, query: string) =>
      ask(gateway.url, query, persona && (await tokenOf(persona))),
    async stop() {
      await gateway.stop();
      await other.stop();
      await api.close();
    },
  };
}

describe.each([
  ['Apollo Gateway', './gateways/apollo.mjs'],
  ['Hive Gateway', './hive-gateway/hive.mjs'],
])('the sample as a subgraph behind %s', (_name, script) => {
  let supergraph: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    supergraph = await start(script);
  }, 300_000);
  afterAll(() => supergraph?.stop());

  it('finds entities for another subgraph, as the caller may see them', async () => {
    expect(await supergraph.ask('erin', '{ leads { id name } filed { title costCentre } }')).toEqual({
      data: {
        leads: [{ id: miaId, name: mia.displayName }],
        filed: [{ title: 'A draft of Erin', costCentre: `centre of ${supergraph.reportId}` }],
      },
      errors: [],
    });
  });

  it('lets another subgraph add fields to its objects', async () => {
    const query = `{ expenseReport(id: "${supergraph.reportId}") { title costCentre } }`;
    expect(await supergraph.ask('erin', query)).toEqual({
      data: { expenseReport: { title: 'A draft of Erin', costCentre: `centre of ${supergraph.reportId}` } },
      errors: [],
    });
  });

  it('hides rows that row-level security hides from the caller', async () => {
    const { data } = await supergraph.ask('mia', '{ filed { id title } }');
    // The field is non-null, so the gateway ends its list where the row is hidden.
    expect(JSON.stringify(data)).not.toContain('A draft of Erin');
    expect(await supergraph.ask('gus', `{ expenseReport(id: "${supergraph.reportId}") { title } }`)).toEqual({
      data: { expenseReport: null },
      errors: [],
    });
  });

  it('denies a field of an entity by its policy, with the code and the coordinate', async () => {
    const { data, errors } = await supergraph.ask('erin', '{ leads { name bankAccount { iban } } }');
    expect(data).toEqual({ leads: [{ name: mia.displayName, bankAccount: null }] });
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', authorization: { coordinate: 'Employee.bankAccount' } } },
    ]);
  });

  it('asks for a step-up with its claims', async () => {
    const { errors } = await supergraph.ask('finn', '{ leads { name bankAccount { iban } } }');
    expect(errors).toMatchObject([{ extensions: { code: 'INSUFFICIENT_CLAIMS', acr_values: 'c1' } }]);
    expect(Buffer.from(String(errors[0]?.extensions.claims), 'base64').toString()).toContain('"c1"');
  });

  it('is closed to an anonymous caller', async () => {
    const { data, errors } = await supergraph.ask(undefined, '{ leads { id name } }');
    expect(JSON.stringify(data)).not.toContain(mia.displayName);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
