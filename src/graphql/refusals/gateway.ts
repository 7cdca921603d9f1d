import type { GraphQLSchema } from 'graphql';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * Whether a refusal must have the status 200 to arrive. Apollo Gateway makes an error of its own from any other answer, without
 * the subgraph's code, words and claims of a step-up. Only a subgraph is asked by gateways. Those that read refusals (Apollo Router,
 * Hive Gateway) name the media type that has a status of its own for them; for other clients GraphQL over HTTP has 200.
 */
export function isForGateway(schema: GraphQLSchema, accept: string | undefined): boolean {
  const service = schema.getQueryType()?.getFields()._service;
  return service !== undefined && String(service.type) === '_Service!' && !accept?.includes(GRAPHQL_RESPONSE);
}
