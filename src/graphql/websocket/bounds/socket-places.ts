import type { WebSocket } from 'ws';
import type { Limits } from '../../../config/limits.js';

/** Places for WebSockets. Those of verified callers, of anonymous clients and of handshakes are kept apart. */
export interface SocketPlaces {
  /**
   * Gives a place to a connection whose client has not said who it is. If all places are taken, the address with the most
   * such connections loses its oldest one. A genuine client needs its place only for a moment.
   *
   * @returns the connection that has lost its place
   */
  open(socket: WebSocket, address: string): WebSocket | undefined;
  /** Gives another place to a connection whose client is known now. False: there is none left. */
  admit(socket: WebSocket, kind: 'verified' | 'anonymous'): boolean;
  counts(): Readonly<Record<'opening' | 'verified' | 'anonymous', number>>;
  /** Gives the place of a closed connection back. */
  leave(socket: WebSocket): void;
}

export function createSocketPlaces(
  limits: Pick<Limits, 'verifiedSockets' | 'anonymousSockets' | 'openingSockets'>,
): SocketPlaces {
  const opening = new Map<WebSocket, string>();
  const byAddress = new Map<string, Set<WebSocket>>();
  const admitted = { verified: new Set<WebSocket>(), anonymous: new Set<WebSocket>() };
  const maximum = { verified: limits.verifiedSockets, anonymous: limits.anonymousSockets };

  function leaveOpening(socket: WebSocket): void {
    const address = opening.get(socket);
    if (address === undefined) return;
    opening.delete(socket);
    const others = byAddress.get(address);
    others?.delete(socket);
    if (others?.size === 0) byAddress.delete(address);
  }

  function evict(): WebSocket | undefined {
    let busiest: ReadonlySet<WebSocket> = new Set();
    for (const sockets of byAddress.values()) if (sockets.size > busiest.size) busiest = sockets;
    const [oldest] = busiest;
    if (oldest) leaveOpening(oldest);
    return oldest;
  }

  return {
    open(socket, address) {
      const evicted = opening.size >= limits.openingSockets ? evict() : undefined;
      opening.set(socket, address);
      const others = byAddress.get(address) ?? new Set();
      byAddress.set(address, others.add(socket));
      return evicted;
    },
    admit(socket, kind) {
      leaveOpening(socket);
      if (admitted[kind].size >= maximum[kind]) return false;
      admitted[kind].add(socket);
      return true;
    },
    counts: () => ({
      opening: opening.size,
      verified: admitted.verified.size,
      anonymous: admitted.anonymous.size,
    }),
    leave(socket) {
      leaveOpening(socket);
      admitted.verified.delete(socket);
      admitted.anonymous.delete(socket);
    },
  };
}
