/**
 * `entra-graphql/authorization`: rules from the directives of a schema, for any graphql-js server. It sees a `Caller`,
 * never a token.
 */
export type { AppOnlyCaller, Caller, DelegatedCaller } from '../authentication/caller.js';
export {
  type Authorization,
  type AuthorizationContext,
  type AuthorizationOptions,
  createAuthorization,
  type Denial,
  type FieldAccess,
  type OperationDecision,
  type OperationToCheck,
  type Policy,
  type PolicyInput,
} from './authorization.js';
export { compileRequirements } from './compile-requirements.js';
export type { DenialCode, Missing } from './decide.js';
export { describeMissing } from './describe-missing.js';
export { limitDenials } from './limit-denials.js';
export { diffPermissions, type PermissionChange } from './permission-diff.js';
export { describeHolders, type PermissionHolder } from './permission-holders.js';
export { buildPermissionMatrix, type PermissionMatrix, type PermissionRow } from './permission-matrix.js';
export { PolicyTimeoutError } from './policies.js';
export type { Challenge } from './refusal.js';
export { renderDiffAsMarkdown } from './render-permission-diff.js';
export { renderMatrixAsHtml, renderMatrixAsJson, renderMatrixAsMarkdown } from './render-permission-matrix.js';
export type { ApplicationClauses, Clause, ClauseKind, Clauses, StaticRequirement } from './requirement.js';
export { RequirementError, type RequirementProblem } from './requirement-error.js';
export type { ElementRequirement, FieldRequirement, RequirementTable } from './requirement-table.js';
