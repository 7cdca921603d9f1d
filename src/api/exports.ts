/** The package entry `entra-graphql/api`: an API of a project's own resources, with all commands. */
export type { Generated } from 'kysely';
export type { Caller } from '../authentication/caller.js';
export type { PolicyInput } from '../authorization/authorization.js';
export { sql } from '../database/kysely.js';
export type { DevelopmentData, ServedApi } from '../served-api.js';
export {
  type ApiContext,
  type ApiOptions,
  type DatabaseContext,
  defineApi,
  defineResource,
  type ResourceParts,
} from './define-api.js';
export {
  defineDevelopment,
  developmentTenantId,
  objectIdOf,
  type Person,
  type ResourceDevelopment,
} from './define-development.js';
export { inputError, isUuid } from './input.js';
