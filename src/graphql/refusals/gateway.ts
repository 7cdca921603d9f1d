import type { GraphQLSchema } from 'graphql';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * Returns whether a refusal must have the status 200 to reach the client. Apollo Gateway replaces any other answer by its
 * own error, and the subgraph's code, text and claims challenge are lost. Only a subgraph has gateways as clients. Gateways
 * that read refusals (Apollo Router, Hive Gateway) accept the media type in which a refusal has another status.
 */
export function isForGateway(schema: GraphQLSchema, accept: string | undefined): boolean {
  const service = schema.getQueryType()?.getFields()._service;
  return service !== undefined && String(service.type) === '_Service!' && !accept?.includes(GRAPHQL_RESPONSE);
}
