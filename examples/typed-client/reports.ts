// A client whose queries are checked by the compiler. The types come from the schema and the queries of this file.
//
//   npx graphql-codegen --config examples/typed-client/codegen.yml
//   npm run dev                                                         # in another terminal
//   TOKEN=$(npm run -s token -- erin) npx tsx examples/typed-client/reports.ts
import { graphql } from './gql/gql.js';
import { run } from './run.js';

const reportsQuery = graphql(/* GraphQL */ `
  query Reports($first: Int!) {
    expenseReports(first: $first) {
      nodes {
        title
        status
        riskScore
      }
    }
  }
`);

const { data, denied } = await run(reportsQuery, { first: 2 });
for (const report of data?.expenseReports?.nodes ?? []) {
  // `riskScore` is `number | null`: null where the caller may not use it.
  const risk: number | null = report.riskScore ?? null;
  console.log(`${report.title} (${report.status}), risk ${risk ?? 'not shown'}`);
}
for (const { coordinate, missing } of denied) console.log(`${coordinate} needs ${missing}`);
