import dns, { type LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/**
 * Milliseconds after which the next address is tried beside those that have not answered (RFC 8305 s.5). Node's own attempt
 * *ends* after the same time, so it fails on a link where every connection takes longer.
 */
const NEXT_ADDRESS_AFTER_MS = AUTHENTICATION_LIMITS.nextAddressMilliseconds.default;

/** Addresses tried at most. */
const MAX_ADDRESSES = AUTHENTICATION_LIMITS.providerAddresses.default;

/** Parts that tests replace. */
export interface ConnectingParts {
  /** Resolves a name to all its addresses. */
  readonly lookup: (hostname: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
  readonly connect: (target: { readonly host: string; readonly port: number }) => Socket;
}

const NODES_OWN: ConnectingParts = {
  lookup: (hostname, done) => dns.lookup(hostname, { all: true }, done),
  connect: connectTcp,
};

/** Target of a connection, and the signal that gives up. */
export interface ConnectTarget {
  readonly hostname: string;
  readonly port: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to the first address of a host that answers. Addresses of both families take turns. The next one is tried when
 * another has failed or has not answered in time. All attempts go on until one has answered.
 *
 * Rejects with the error of the only address, with an AggregateError of all of them, or with the reason of `signal`.
 */
export async function connectToHost(target: ConnectTarget, parts: ConnectingParts = NODES_OWN): Promise<Socket> {
  const addresses = await lookUp(target.hostname, parts);
  target.signal?.throwIfAborted();
  return race(byTurns(addresses).slice(0, MAX_ADDRESSES), target, parts);
}

function lookUp(hostname: string, { lookup }: ConnectingParts): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family > 0) return Promise.resolve([{ address: host, family }]);
  return new Promise((resolve, reject) => {
    lookup(host, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

/**
 * Alternates between the address families and begins with that of the first address. If one family is unreachable, every
 * other attempt still succeeds.
 */
function byTurns(addresses: readonly LookupAddress[]): LookupAddress[] {
  const own = addresses.filter(({ family }) => family === addresses[0]?.family);
  const other = addresses.filter((address) => !own.includes(address));
  const pairs = addresses.map((_, index) => [own[index], other[index]]);
  return pairs.flat().filter((address) => address !== undefined);
}

function race(addresses: LookupAddress[], { port, signal }: ConnectTarget, parts: ConnectingParts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = [...addresses];
    const pending = new Set<Socket>();
    const errors: Error[] = [];
    let timer: NodeJS.Timeout | undefined;

    function end(winner?: Socket): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      const losers = [...pending].filter((socket) => socket !== winner);
      pending.clear();
      for (const socket of losers) socket.destroy();
    }

    function giveUp(): void {
      end();
      reject(signal?.reason);
    }

    function tryNext(): void {
      clearTimeout(timer);
      const next = waiting.shift();
      if (next) attempt(parts.connect({ host: next.address, port }));
      else if (pending.size === 0) {
        end();
        reject(summaryOf(errors));
      }
    }

    function attempt(socket: Socket): void {
      const fail = (error: Error) => {
        // A socket that was slower is already closed.
        if (!pending.delete(socket)) return;
        errors.push(error);
        tryNext();
      };
      pending.add(socket);
      socket.once('error', fail).once('connect', () => {
        socket.off('error', fail);
        end(socket);
        resolve(socket);
      });
      if (waiting.length > 0) timer = setTimeout(tryNext, NEXT_ADDRESS_AFTER_MS);
    }

    signal?.addEventListener('abort', giveUp);
    tryNext();
  });
}

/** Creates an error of the form that Node gives for several addresses. */
function summaryOf(errors: readonly Error[]): Error {
  const [first] = errors;
  if (first && errors.length === 1) return first;
  return Object.assign(new AggregateError(errors), { code: Object(first).code });
}
