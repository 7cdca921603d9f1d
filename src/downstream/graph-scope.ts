import { isHttpsOrLoopback } from '../authentication/loopback.js';

/** Microsoft Graph of the public cloud. */
export const PUBLIC_GRAPH = 'https://graph.microsoft.com';

/**
 * Returns a scope of Microsoft Graph with its prefix, such as `https://graph.microsoft.com/User.Read`. A look-alike on
 * loopback stands for the public cloud.
 *
 * @param graphUrl origin of Microsoft Graph
 * @throws TypeError for a plain http origin that is not on loopback, because tokens would go there unencrypted
 */
export function graphScope(graphUrl: string, name: string): string {
  if (!isHttpsOrLoopback(graphUrl)) throw new TypeError('graphUrl: expected an https origin (http only for loopback)');
  return `${graphUrl.startsWith('http:') ? PUBLIC_GRAPH : graphUrl}/${name}`;
}
