import type { Fetch } from '../authentication/fetch/bounded-fetch.js';
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
import type { ClientCredential } from './client-credential.js';
import { PUBLIC_GRAPH } from './graph-scope.js';
import type { DownstreamLogger } from './outage-report.js';
import type { RedisTokensOptions } from './redis-tokens.js';

/** An authority at which this API asks for tokens of other APIs. */
export interface DownstreamAuthority {
  /** Client id of this API there. */
  readonly clientId: string;
  /** Origin of the cloud, as for `createAuthentication`. */
  readonly instance: string;
  readonly credential: ClientCredential;
  /** Origin of Microsoft Graph in that cloud. Default: that of the public cloud. */
  readonly graphUrl?: string | undefined;
}

export interface DownstreamOptions extends Omit<DownstreamAuthority, 'credential'> {
  /** May be left out where a further authority has one. Callers of the first authority are then refused. */
  readonly credential?: ClientCredential | undefined;
  /** Further authorities of this API, with their names as `caller.authority` has them. Default: none. */
  readonly authorities?: readonly (DownstreamAuthority & { readonly name: string })[] | undefined;
  /** Default: directly, without a proxy. */
  readonly fetch?: Fetch | undefined;
  readonly limits?: Partial<
    Record<'downstreamTokens' | 'downstreamRequests' | 'callerDownstreamRequests' | 'downstreamMilliseconds', number>
  >;
  /** Redis in which all servers of this API share tokens, encrypted. Default: each server has its own. */
  readonly shared?: RedisTokensOptions | undefined;
  /** Says which users' tokens are revoked, as for `createAuthentication`. What was got with one is dropped. Default: none. */
  readonly revocations?: RevocationSource | undefined;
  /** Default: none. */
  readonly logger?: DownstreamLogger;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

const AUTHORITY_TYPES = { clientId: text, instance: text, credential: object, graphUrl: text };

/** With `revocation`, tokens for other APIs would outlive a revocation. */
const OPTION_TYPES: Readonly<Record<keyof DownstreamOptions, OptionType>> = {
  ...AUTHORITY_TYPES,
  authorities: { expected: 'a list of authorities', fits: Array.isArray },
  fetch: callback,
  limits: object,
  shared: object,
  revocations: objectWith('revokedBefore'),
  logger: objectWith('warn'),
  now: callback,
};

/**
 * Returns the authorities that have a credential, by their names.
 *
 * @throws TypeError for an option that is missing, unknown or of another type, for a repeated name, and for an address
 *   that would get tokens and secrets without encryption
 */
export function authoritiesIn(options: DownstreamOptions): ReadonlyMap<string, DownstreamAuthority> {
  const { authorities: further = [], clientId, instance, credential, graphUrl } = options;
  checkOptions(options, OPTION_TYPES, ['clientId', 'instance', ...(further.length === 0 ? ['credential'] : [])]);
  for (const one of further) {
    checkOptions(one, { name: text, ...AUTHORITY_TYPES }, ['name', 'clientId', 'instance', 'credential']);
  }
  const first = { name: DEFAULT_AUTHORITY, clientId, instance, graphUrl };
  for (const one of [first, ...further]) requireEncryption(one);
  const all = [...(credential ? [{ ...first, credential }] : []), ...further];
  const names = [DEFAULT_AUTHORITY, ...further.map(({ name }) => name)];
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new TypeError(`authorities: the name "${twice}" is there twice`);
  return new Map(all.map((one) => [one.name, one]));
}

function requireEncryption({ instance, graphUrl = PUBLIC_GRAPH }: Pick<DownstreamAuthority, 'instance' | 'graphUrl'>) {
  for (const [name, address] of Object.entries({ instance, graphUrl })) {
    if (!isHttpsOrLoopback(address)) throw new TypeError(`${name}: expected an https origin (http only for loopback)`);
  }
}
