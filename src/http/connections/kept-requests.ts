import type { Connection } from './connections.js';

/** The requests of one connection that are not answered. */
interface Kept {
  bytes: number;
  /** Bytes of the connection that have been counted, from its beginning. */
  seen: number;
  /** Bytes of the request that arrived last, whose body may still be arriving. */
  last: { bytes: number };
  /** The connections of one address are those of one client. Each connection of a trusted proxy is a client of its own. */
  readonly client: unknown;
}

/** Counts the bytes of requests that are not answered: of each connection, of each client, and of all. */
export interface KeptRequests {
  /** Begins a request. Returns the count of its bytes, for `release`. */
  begin(connection: Connection): { readonly bytes: number };
  /**
   * Adds the bytes that have arrived on a connection since the last call to its last request.
   *
   * @param overhead bytes that the server needs for them
   */
  count(connection: Connection, overhead: number): void;
  release(connection: Connection, bytes: number): void;
  forget(connection: Connection): void;
  total(): number;
  ofAddress(address: string): number;
  /** Lists the connections, those of the client that sends most first, and of one client the largest first. */
  largestFirst(isListed: (connection: Connection) => boolean): readonly Connection[];
}

export function createKeptRequests(isTrustedProxy: (address: string | undefined) => boolean): KeptRequests {
  const kept = new Map<Connection, Kept>();
  const bytesOf = new Map<unknown, number>();
  let total = 0;

  function find(connection: Connection): Kept {
    const { socket, address } = connection;
    const known = kept.get(connection);
    if (known) return known;
    const client = isTrustedProxy(socket.remoteAddress) ? connection : address;
    const created = { bytes: 0, seen: 0, last: { bytes: 0 }, client };
    kept.set(connection, created);
    socket.once('close', () => forget(connection));
    return created;
  }

  function add(of: Kept, bytes: number): void {
    of.bytes += bytes;
    total += bytes;
    const sum = (bytesOf.get(of.client) ?? 0) + bytes;
    if (sum > 0) bytesOf.set(of.client, sum);
    else bytesOf.delete(of.client);
  }

  function forget(connection: Connection): void {
    const of = kept.get(connection);
    if (of) add(of, -of.bytes);
    kept.delete(connection);
  }

  return {
    begin(connection) {
      const arrived = { bytes: 0 };
      find(connection).last = arrived;
      return arrived;
    },
    count(connection, overhead) {
      if (connection.socket.destroyed) return;
      const of = find(connection);
      const arrived = connection.socket.bytesRead - of.seen;
      const bytes = arrived + overhead;
      of.seen += arrived;
      of.last.bytes += bytes;
      add(of, bytes);
    },
    release(connection, bytes) {
      const of = kept.get(connection);
      if (of) add(of, -bytes);
    },
    forget,
    total: () => total,
    ofAddress: (address) => bytesOf.get(address) ?? 0,
    largestFirst(isListed) {
      const sumOf = ({ client }: Kept) => bytesOf.get(client) ?? 0;
      return [...kept]
        .filter(([connection]) => isListed(connection))
        .sort(([, one], [, other]) => sumOf(other) - sumOf(one) || other.bytes - one.bytes)
        .map(([connection]) => connection);
    },
  };
}
