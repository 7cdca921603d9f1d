const PUBLIC_GRAPH = 'https://graph.microsoft.com';

/**
 * Returns a scope of Microsoft Graph with its prefix, such as `https://graph.microsoft.com/User.Read`. A look-alike on
 * loopback stands for the public cloud.
 *
 * @param graphUrl origin of Microsoft Graph
 */
export function graphScope(graphUrl: string, name: string): string {
  return `${graphUrl.startsWith('http:') ? PUBLIC_GRAPH : graphUrl}/${name}`;
}
