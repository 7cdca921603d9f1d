import { GraphQLError } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import { createDefaultFetch } from '../authentication/fetch/default-fetch.js';
import { DEFAULT_AUTHORITY } from '../authentication/options/further-authorities.js';
import { createAcquireToken, type TokenQuestion } from './acquire-token.js';
import { nameOf } from './caller-turns.js';
import { authoritiesIn, type DownstreamAuthority, type DownstreamOptions } from './downstream-options.js';
import { PUBLIC_GRAPH } from './graph-scope.js';
import { DOWNSTREAM_LIMITS } from './limits.js';
import { createDenialReport, createOutageReport } from './outage-report.js';
import { createRedisTokens } from './redis-tokens.js';
import { DownstreamUnavailableError, unavailable } from './token-errors.js';
import { createTokenMemory } from './token-memory.js';
import { createTransport, type Transport, type TransportAnswer, type TransportRequest } from './transport.js';

/** Request of a field for an access token. */
export interface DownstreamRequest {
  /** Delegated scopes of one API with its prefix: `https://graph.microsoft.com/User.ReadBasic.All`. */
  readonly scopes: readonly string[];
  /**
   * Scope for a caller that is an application: `https://graph.microsoft.com/.default`. The token is then that of this API
   * itself, with all application permissions that it holds there. Without it, applications are refused.
   */
  readonly applicationScope?: string;
}

/** Other APIs for the caller of one request. */
export interface CallerDownstream {
  /** Origin of Microsoft Graph in the cloud of the caller's authority. */
  readonly graphUrl: string;
  /**
   * Returns an access token of another API. Rejects with the error of the field: CONSENT_REQUIRED, INSUFFICIENT_CLAIMS,
   * SERVICE_UNAVAILABLE, UNAUTHENTICATED for an anonymous caller, FORBIDDEN for an application without `applicationScope` and
   * for a caller of an authority without a credential.
   */
  accessToken(request: DownstreamRequest): Promise<string>;
  /**
   * Sends a request to another API within the bounds of this server (time, size, number). It adds no token by itself.
   * Rejects with SERVICE_UNAVAILABLE for an outage: no answer, an answer without a JSON object, status 429, or a status from
   * 500. With 401 the token is forgotten. `refusalOf` words 401 and 403 as the error of a field.
   */
  send(address: string, request: TransportRequest): Promise<TransportAnswer>;
  /**
   * Notes a refusal within an answer, such as in one of a batch. With 401 the token is forgotten. With 403 for an application
   * the log names the permissions, because only an administrator can grant them to this API. `send` notes the status of the
   * answer itself.
   */
  noteRefusal(refusal: RefusalWithin): void;
}

/** A refusal within an answer of another API. */
export interface RefusalWithin {
  readonly status: number;
  readonly accessToken: string;
  /** Permissions that the question needs at the other API. */
  readonly permissions: readonly string[];
}

/** The part of a caller that says where tokens are asked for. */
export type CallerOrigin = Pick<Caller, 'tenantId' | 'authority'>;

/** Tokens for other APIs. */
export interface Downstream {
  /**
   * Returns the part of one request. Keep it no longer than the request, because its closure holds the access token.
   *
   * @param accessToken returns the verified token of the caller
   */
  of(caller: Caller | undefined, accessToken: () => string | undefined): CallerDownstream;
  /** Returns a token for this API itself, with the application permissions that it holds in the tenant of the caller. */
  applicationToken(caller: CallerOrigin, scope: string): Promise<string>;
  /** Sends requests to other APIs within the bounds of this room. */
  readonly transport: Transport;
  /** Ends what is under way. */
  close(): void;
}

/** An authority may have no credential. */
const ELSEWHERE = 'This field is for users of another authority of this API.';

/**
 * Creates the room's one entry. Nothing is loaded or asked before the first token. A caller's token is sent only to the
 * authority that issued it, with the API's client id and credential of that authority.
 *
 * @throws TypeError for an option that is missing, unknown or of another type, and for an `instance` or a `graphUrl` that
 *   would get tokens and secrets without encryption
 */
export function createDownstream(options: DownstreamOptions): Downstream {
  const authorities = authoritiesIn(options);
  const { limits = {}, now = Date.now } = options;
  const closing = new AbortController();
  const bounded = createTransport(options.fetch ?? createDefaultFetch(process.env), {
    timeoutMs: limits.downstreamMilliseconds ?? DOWNSTREAM_LIMITS.downstreamMilliseconds.default,
    maxBytes: DOWNSTREAM_LIMITS.downstreamAnswerBytes.default,
    maxRequests: limits.downstreamRequests ?? DOWNSTREAM_LIMITS.downstreamRequests.default,
    maxOfCaller: limits.callerDownstreamRequests ?? DOWNSTREAM_LIMITS.callerDownstreamRequests.default,
    maxWaitingOfCaller: DOWNSTREAM_LIMITS.callerDownstreamQueue.default,
    signal: closing.signal,
    onOutage: createOutageReport(options.logger, now),
  });
  const memory = createTokenMemory({
    acquire: createAcquireToken({ transport: bounded, now }),
    maxTokens: limits.downstreamTokens ?? DOWNSTREAM_LIMITS.downstreamTokens.default,
    shared: options.shared && createRedisTokens(options.shared),
    revocations: options.revocations,
    now,
  });
  const transport: Transport = async (address, request) => {
    const answer = await bounded(address, request);
    const [scheme, token] = new Headers(request.headers).get('authorization')?.split(' ') ?? [];
    // One who signs in again must not get the token that was refused.
    if (answer.status === 401 && scheme === 'Bearer' && token !== undefined) memory.forget(token);
    return answer;
  };
  const applicationToken = async (caller: CallerOrigin, scope: string) => {
    const { tenantId } = caller;
    const at = authorityOf(authorities, caller);
    const asking = { kind: 'application' } as const;
    return memory.get(keyOf(at, 'application', [tenantId, scope]), { at, tenantId, scopes: [scope], for: asking });
  };
  const userToken = async (caller: User, assertion: string | undefined, given: readonly string[]) => {
    const at = authorityOf(authorities, caller);
    if (assertion === undefined) throw new TypeError('There is a caller and no access token');
    const scopes = [...given].sort();
    const question = {
      at,
      tenantId: caller.tenantId,
      scopes,
      for: { kind: 'user', assertion, caller: nameOf(caller) } as const,
    };
    return memory.get(keyOf(at, 'user', [...signInOf(caller), scopes]), question, {
      caller,
      tokenId: caller.claims.uti,
    });
  };
  const reportDenial = createDenialReport(options.logger, now);
  const send: CallerDownstream['send'] = (address, request) =>
    transport(address, request).catch((error: unknown) => {
      throw error instanceof DownstreamUnavailableError ? unavailable(error) : error;
    });
  return {
    transport,
    applicationToken,
    close() {
      closing.abort();
      memory.close();
    },
    of: (caller, accessToken) => ({
      graphUrl: (authorities.get(caller?.authority ?? DEFAULT_AUTHORITY) ?? options).graphUrl ?? PUBLIC_GRAPH,
      async send(address, request) {
        const answer = await send(address, { ...request, caller: caller && nameOf(caller) });
        if (answer.status === 403 && caller?.kind === 'app-only') reportDenial({ host: new URL(address).host });
        return answer;
      },
      noteRefusal({ status, accessToken: refused, permissions }) {
        if (status === 401) memory.forget(refused);
        if (status === 403 && caller?.kind === 'app-only') reportDenial({ permissions: permissions.join(' ') });
      },
      async accessToken({ scopes, applicationScope }) {
        if (!caller) throw refusal('UNAUTHENTICATED', 'Sign in to use this field.');
        if (caller.kind === 'delegated') return userToken(caller, accessToken(), scopes);
        if (applicationScope !== undefined) return applicationToken(caller, applicationScope);
        throw refusal('FORBIDDEN', 'This field is for users and not for applications.');
      },
    }),
  };
}

type User = Extract<Caller, { kind: 'delegated' }>;

/** Returns the key of a token. Entra issues it to this API alone, and others may use the same Redis with the same secret. */
function keyOf(
  { instance, clientId }: DownstreamAuthority,
  kind: TokenQuestion['for']['kind'],
  asked: readonly unknown[],
): string {
  return JSON.stringify([instance, clientId, kind, ...asked]);
}

/**
 * Returns the part of the key that names a user's sign-in. Entra's decision depends on it. A token for one client, or after
 * a step-up, must not serve a request of another client or without the step-up.
 */
function signInOf({ tenantId, objectId, clientId, authContexts }: User): readonly unknown[] {
  return [tenantId, objectId, clientId, [...authContexts].sort()];
}

/** Returns where tokens for a caller are asked for. Refuses callers of an authority without a credential. */
function authorityOf(
  authorities: ReadonlyMap<string, DownstreamAuthority>,
  { authority = DEFAULT_AUTHORITY }: CallerOrigin,
): DownstreamAuthority {
  const found = authorities.get(authority);
  if (!found) throw refusal('FORBIDDEN', ELSEWHERE);
  return found;
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
