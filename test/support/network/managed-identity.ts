import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The resource of tokens for Azure Database for PostgreSQL. */
export const DATABASE_RESOURCE = 'https://ossrdbms-aad.database.windows.net';

/**
 * Stands in for the endpoint of App Service and Container Apps, which gives a managed identity its tokens. It gives `token`
 * for the database, and nothing for another resource.
 *
 * @param use gets the variables that the platform sets
 */
export async function withManagedIdentity<T>(
  token: string,
  use: (settings: Record<string, string>) => Promise<T>,
): Promise<T> {
  const server = createServer(({ url = '', headers }, response) => {
    const resource = new URL(url, 'http://localhost').searchParams.get('resource');
    const isRight = resource === DATABASE_RESOURCE && headers['x-identity-header'] === 'secret of the host';
    const expires = String(Math.floor(Date.now() / 1000) + 86_400);
    response.writeHead(isRight ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: token, expires_on: expires, resource, token_type: 'Bearer' }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await use({ IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi`, IDENTITY_HEADER: 'secret of the host' });
  } finally {
    server.close();
  }
}
