import { GraphQLError } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import type { Fetch } from '../authentication/fetch/bounded-fetch.js';
import { createDefaultFetch } from '../authentication/fetch/default-fetch.js';
import { isHttpsOrLoopback } from '../authentication/loopback.js';
import {
  callback,
  checkOptions,
  type OptionType,
  object,
  objectWith,
  text,
} from '../authentication/options/check-options.js';
import { DEFAULT_AUTHORITY } from '../authentication/options/further-authorities.js';
import type { RevocationSource } from '../authentication/revocations/revocation-source.js';
import { createAcquireToken, type TokenQuestion } from './acquire-token.js';
import type { ClientCredential } from './client-credential.js';
import { DOWNSTREAM_LIMITS } from './limits.js';
import { createDenialReport, createOutageReport, type DownstreamLogger } from './outage-report.js';
import { createRedisTokens, type RedisTokensOptions } from './redis-tokens.js';
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
  /**
   * Returns an access token of another API. Rejects with the error of the field: CONSENT_REQUIRED, INSUFFICIENT_CLAIMS,
   * SERVICE_UNAVAILABLE, FORBIDDEN for an application without `applicationScope`, UNAUTHENTICATED for an anonymous caller.
   */
  accessToken(request: DownstreamRequest): Promise<string>;
  /**
   * Sends a request to another API within the bounds of this server (time, size, number). It adds no token by itself. Rejects
   * with SERVICE_UNAVAILABLE for an outage: no answer, no JSON object, or a status of 429 or from 500. With 401 the token is
   * forgotten. `refusalOf` words 401 and 403 as the error of a field.
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

/** Tokens for other APIs. */
export interface Downstream {
  /**
   * Returns the part of one request. Keep it no longer than the request, because its closure holds the access token.
   *
   * @param accessToken returns the verified token of the caller
   */
  of(caller: Caller | undefined, accessToken: () => string | undefined): CallerDownstream;
  /** Returns a token for this API itself, with the application permissions that it holds in the tenant. */
  applicationToken(tenantId: string, scope: string): Promise<string>;
  /** Sends requests to other APIs within the bounds of this room. */
  readonly transport: Transport;
  /** Ends what is under way. */
  close(): void;
}

/** Options of {@link createDownstream}. */
export interface DownstreamOptions {
  /** Client id of this API. */
  readonly clientId: string;
  /** Origin of the cloud, as for `createAuthentication`. */
  readonly instance: string;
  readonly credential: ClientCredential;
  /** Name of the authority whose callers it serves, as `caller.authority` has it. Default: the first authority. */
  readonly authority?: string | undefined;
  /** Default: directly, without a proxy. */
  readonly fetch?: Fetch | undefined;
  readonly limits?: Partial<Record<'downstreamTokens' | 'downstreamRequests' | 'downstreamMilliseconds', number>>;
  /** Redis in which all servers of this API share tokens, encrypted. Default: each server has its own. */
  readonly shared?: RedisTokensOptions | undefined;
  /** Says which users' tokens are revoked, as for `createAuthentication`. What was got with one is dropped. Default: none. */
  readonly revocations?: RevocationSource | undefined;
  /** Default: none. */
  readonly logger?: DownstreamLogger;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** With `revocation`, tokens for other APIs would outlive a revocation. */
const OPTION_TYPES: Readonly<Record<keyof DownstreamOptions, OptionType>> = {
  clientId: text,
  instance: text,
  credential: object,
  authority: text,
  fetch: callback,
  limits: object,
  shared: object,
  revocations: objectWith('revokedBefore'),
  logger: objectWith('warn'),
  now: callback,
};

/** A credential is known to one authority alone. */
const ELSEWHERE = 'This field is for users of another authority of this API.';

/**
 * Creates the room's one entry. Nothing is loaded or asked before the first token.
 *
 * @throws TypeError for an option that is missing, unknown or of another type, and for an `instance` to which tokens and
 * secrets would go unencrypted
 */
export function createDownstream(options: DownstreamOptions): Downstream {
  checkOptions(options, OPTION_TYPES, ['clientId', 'instance', 'credential']);
  const { clientId, instance, credential, authority = DEFAULT_AUTHORITY, limits = {}, now = Date.now } = options;
  if (!isHttpsOrLoopback(instance)) throw new TypeError('instance: expected an https origin (http only for loopback)');
  const closing = new AbortController();
  const bounded = createTransport(options.fetch ?? createDefaultFetch(process.env), {
    timeoutMs: limits.downstreamMilliseconds ?? DOWNSTREAM_LIMITS.downstreamMilliseconds.default,
    maxBytes: DOWNSTREAM_LIMITS.downstreamAnswerBytes.default,
    maxRequests: limits.downstreamRequests ?? DOWNSTREAM_LIMITS.downstreamRequests.default,
    signal: closing.signal,
    onOutage: createOutageReport(options.logger, now),
  });
  /** Returns the key of a token. Entra issues it to this API alone, and others may use the same Redis with the same secret. */
  const keyOf = (kind: TokenQuestion['for']['kind'], asked: readonly unknown[]) =>
    JSON.stringify([instance, clientId, kind, ...asked]);
  const memory = createTokenMemory({
    acquire: createAcquireToken({ clientId, instance, credential, transport: bounded, now }),
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
  const applicationToken = (tenantId: string, scope: string) =>
    memory.get(keyOf('application', [tenantId, scope]), {
      tenantId,
      scopes: [scope],
      for: { kind: 'application' },
    });
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
    of: (given, accessToken) => ({
      async send(address, request) {
        const answer = await send(address, request);
        if (answer.status === 403 && given?.kind === 'app-only') reportDenial({ host: new URL(address).host });
        return answer;
      },
      noteRefusal({ status, accessToken: refused, permissions }) {
        if (status === 401) memory.forget(refused);
        if (status === 403 && given?.kind === 'app-only') reportDenial({ permissions: permissions.join(' ') });
      },
      async accessToken({ scopes, applicationScope }) {
        const caller = requireCallerOf(authority, given);
        if (caller.kind === 'delegated') {
          const sorted = [...scopes].sort();
          const assertion = accessToken();
          if (assertion === undefined) throw new TypeError('There is a caller and no access token');
          const asking = { kind: 'user', assertion } as const;
          const question = { tenantId: caller.tenantId, scopes: sorted, for: asking };
          const { uti } = caller.claims;
          return memory.get(keyOf('user', [...signInOf(caller), sorted]), question, { caller, tokenId: uti });
        }
        if (applicationScope === undefined)
          throw refusal('FORBIDDEN', 'This field is for users and not for applications.');
        return applicationToken(caller.tenantId, applicationScope);
      },
    }),
  };
}

/**
 * Returns the part of the key that names a user's sign-in. Entra judges it too: a token for one client, or after a step-up,
 * must not be given to a request of another client or without the step-up.
 */
function signInOf(caller: Extract<Caller, { kind: 'delegated' }>): readonly unknown[] {
  const { tenantId, objectId, clientId, authContexts } = caller;
  return [tenantId, objectId, clientId, [...authContexts].sort()];
}

/** Refuses anonymous callers and those of another authority. */
function requireCallerOf(authority: string, caller: Caller | undefined): Caller {
  if (!caller) throw refusal('UNAUTHENTICATED', 'Sign in to use this field.');
  if ((caller.authority ?? DEFAULT_AUTHORITY) !== authority) throw refusal('FORBIDDEN', ELSEWHERE);
  return caller;
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
