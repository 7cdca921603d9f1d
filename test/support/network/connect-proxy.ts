import { createServer } from 'node:http';
import { connect } from 'node:net';

/** An HTTP proxy on loopback that only tunnels (CONNECT). */
export interface ConnectProxy {
  readonly address: string;
  /** `host:port` of every tunnel asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts it.
 *
 * @param target `host:port` that every tunnel leads to, whatever was asked for; undefined: none is allowed
 */
export async function startConnectProxy(target?: string): Promise<ConnectProxy> {
  const asked: string[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.on('error', () => {});
    if (!target) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const { hostname, port } = new URL(`tcp://${target}`);
    const tunnel = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('close', () => tunnel.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    address: `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
