/**
 * `entra-graphql/authorization`: rules from the directives of a schema, for any graphql-js server. It sees a `Caller`,
 * never a token.
 */
export type { AgentIdentity, AppOnlyCaller, Caller, DelegatedCaller } from '../authentication/caller.js';
export { readAuditedFields } from './audit/audited-fields.js';
export { type Access, type RecordAccess, withAccessRecord } from './audit/record-access.js';
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
export type { DenialCode, Missing } from './decisions/decide.js';
export { describeMissing } from './decisions/describe-missing.js';
export { limitDenials, limitErrors } from './decisions/limit-denials.js';
export {
  type Alternatives,
  hasAuthContext,
  hasRoles,
  hasScopes,
  isApplication,
  isApplicationWith,
  isAuthenticated,
  isNotAgent,
  isUser,
  shieldOptions,
} from './guards/caller-rules.js';
export { PolicyTimeoutError } from './guards/policies.js';
export type { Challenge } from './operations/refusal.js';
export { describeRules } from './permissions/describe-rules.js';
export { diffPermissions, type PermissionChange } from './permissions/permission-diff.js';
export { describeHolders, type PermissionHolder } from './permissions/permission-holders.js';
export { buildPermissionMatrix, type PermissionMatrix, type PermissionRow } from './permissions/permission-matrix.js';
export { renderDiffAsMarkdown } from './permissions/render-permission-diff.js';
export {
  renderMatrixAsHtml,
  renderMatrixAsJson,
  renderMatrixAsMarkdown,
} from './permissions/render-permission-matrix.js';
export { type MercuriusServer, protectMercurius } from './protect-mercurius.js';
export type { ApplicationClauses, Clause, ClauseKind, Clauses, StaticRequirement } from './requirements/requirement.js';
export type { ElementRequirement, FieldRequirement, RequirementTable } from './requirements/requirement-table.js';
export { compileRequirements } from './rules/compile-requirements.js';
export { RequirementError, type RequirementProblem } from './rules/requirement-error.js';
export type { TypeDefs } from './rules/written-rules.js';
