/** The package entry `entra-graphql/testing`: tests of the rules in a schema, for any test framework. */
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
