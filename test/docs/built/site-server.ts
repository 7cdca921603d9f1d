import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { project } from '../../support/built-project.js';

/** The folder that `npm run docs:build` makes. */
export const dist = join(project, 'docs', '.vitepress', 'dist');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** The built site on a free port of this machine. */
export interface SiteServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves the files of the built site and nothing else. */
export async function serveSite(): Promise<SiteServer> {
  const files = new Set(await readdir(dist, { recursive: true }));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname === '/' ? 'index.html' : decodeURIComponent(pathname.slice(1));
    if (!files.has(name)) return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
    return response.end(await readFile(join(dist, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
