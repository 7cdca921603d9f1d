/** The public surface of `entra-graphql/downstream`: other APIs called for the caller. */
export type { ClientCredential } from './client-credential.js';
export {
  type CallerDownstream,
  createDownstream,
  type Downstream,
  type DownstreamRequest,
} from './downstream.js';
export type { DownstreamAuthority, DownstreamOptions } from './downstream-options.js';
export { createGraphGroupLookup, type GraphGroupOptions } from './graph-groups.js';
export { graphScope } from './graph-scope.js';
export type { DownstreamLogger } from './outage-report.js';
export type { RedisTokensOptions } from './redis-tokens.js';
export { DownstreamRefusedError, DownstreamUnavailableError, refusalOf } from './token-errors.js';
export type { TransportAnswer, TransportRequest } from './transport.js';
