import { issuedAtOf, type RevocableToken, type RevocationSource } from './revocation-source.js';

/** The claim by which a revocation finds its tokens. */
export const REVOCATION_KINDS = ['user', 'client', 'agent', 'token'] as const;

export interface Revocation {
  /**
   * `user`: the claim `oid`. `client`: the client id. `agent`: the client id of an agent, or of the blueprint of agents.
   * `token`: the claim `uti`.
   */
  readonly kind: (typeof REVOCATION_KINDS)[number];
  /** A GUID in lower case, or the `uti`. */
  readonly id: string;
  /** Tokens that were issued before this time are refused, in seconds since 1970. A single token is refused in any case. */
  readonly beforeSeconds: number;
}

/** Revocations in memory. The one who fills it bounds their number. */
export interface RevocationList extends Required<RevocationSource> {
  /** Replaces all entries. */
  replace(revocations: Iterable<Revocation>): void;
  /** Notes that newer revocations cannot be known now. Those that are known hold. */
  lose(): void;
}

/** Creates a list. Until it is filled for the first time, it cannot say what is revoked. */
export function createRevocationList(): RevocationList {
  let known: ReadonlyMap<string, number> = new Map();
  let isUpToDate = false;
  const listeners = new Set<() => void>();
  return {
    revokedBefore(token) {
      const found = known.size === 0 ? undefined : findLatest(known, token);
      return found ?? (isUpToDate ? undefined : 'unknown');
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isUpToDate: () => isUpToDate,
    replace(revocations) {
      known = new Map([...revocations].map(({ kind, id, beforeSeconds }) => [`${kind} ${id}`, beforeSeconds]));
      isUpToDate = true;
      for (const listener of listeners) listener();
    },
    lose() {
      isUpToDate = false;
      for (const listener of listeners) listener();
    },
  };
}

function findLatest(known: ReadonlyMap<string, number>, token: RevocableToken): number | undefined {
  const { objectId, clientId, agent } = token.caller;
  const ofToken = token.tokenId === undefined ? undefined : known.get(`token ${token.tokenId}`);
  const times = [
    known.get(`user ${objectId}`),
    known.get(`client ${clientId}`),
    agent && known.get(`agent ${agent.identityId}`),
    agent?.blueprintId === undefined ? undefined : known.get(`agent ${agent.blueprintId}`),
    // The clock of Entra may be ahead of the one that took the time.
    ofToken === undefined ? undefined : Math.max(ofToken, issuedAtOf(token) + 1),
  ].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
