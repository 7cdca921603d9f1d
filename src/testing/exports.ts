/** The package entry `entra-graphql/testing`: tests of an API and of the rules in its schema, for any test framework. */
export type { Caller } from '../authentication/caller.js';
export { anonymous, application, type UserRights, user } from './callers.js';
export {
  assertRow,
  judgeOperations,
  type RuleRow,
  type RuleTable,
  type RuleTableOptions,
  type TestedOperation,
} from './rule-table.js';
export { startTestApi, type TestAnswer, type TestApi } from './test-api.js';
