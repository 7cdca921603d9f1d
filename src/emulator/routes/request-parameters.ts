import type { FastifyRequest } from 'fastify';
import { type Parameters, parseParameters } from '../requests/parameters.js';

/** Returns the parameters in the address of a GET or in the form body of a POST. It never mixes them. */
export function requestParameters(request: FastifyRequest): Parameters {
  const [path = '', query = ''] = request.url.split('?', 2);
  const form = typeof request.body === 'string' ? request.body : '';
  const parameters = parseParameters(request.method === 'POST' ? form : query);
  return isV1Endpoint(path) ? withScopeOfResource(parameters) : parameters;
}

function isV1Endpoint(path: string): boolean {
  return /\/oauth2\/(authorize|token)$/.test(path);
}

/**
 * Adds the scope of the `resource`. The v1.0 endpoints know no scopes, so a client names the resource and gets everything
 * it may have of it.
 */
function withScopeOfResource(parameters: Parameters): Parameters {
  const resource = parameters.resource?.replace(/\/$/, '');
  if (resource === undefined) return parameters;
  return { ...parameters, scope: `openid profile offline_access ${resource}/.default` };
}
