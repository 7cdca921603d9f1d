import type { Authentication } from './authentication-interface.js';
import type { Caller } from './caller.js';
import { readable } from './refusals/access-token-error.js';
import { bearerTokenIn } from './request/bearer-token.js';
import { type ReceivedCredentials, readCredentials } from './request/request-credentials.js';
import { parseCompactForm, parsePart } from './token/token-form.js';

/** The authentication of one authority, and the issuers whose tokens are for it. */
export interface AuthorityAuthentication extends Authentication {
  readonly name: string;
  /** Every spelling of every issuer whose tokens it may accept. Where it lists no tenants, those of an example. */
  readonly issuers: ReadonlySet<string>;
  /** Returns whether it may accept tokens of this issuer. */
  ownsIssuer(issuer: string): boolean;
  /** Returns whether it has not all of its keys, and could not fetch them. */
  isWithoutKeys(): boolean;
}

/**
 * Joins the authentications of several authorities. A token goes only to the authority with its issuer, whose keys,
 * audiences and rules decide. The issuer is not verified and is only compared, with the issuers of the configuration. A
 * token of any other issuer goes to the first authority, which refuses it.
 *
 * @throws TypeError when two authorities have an issuer in common, because nothing would say which one decides
 */
export function joinAuthorities(
  first: AuthorityAuthentication,
  others: readonly AuthorityAuthentication[],
): Authentication {
  const all = [first, ...others];
  requireOwnIssuers(all);
  const ownerOf = (accessToken: unknown) => {
    const issuer = readable(() => unverifiedIssuer(accessToken));
    return all.find((one) => issuer !== undefined && one.ownsIssuer(issuer)) ?? first;
  };
  const ownerOfCredentials = (credentials: ReceivedCredentials) => ownerOf(readable(() => bearerTokenIn(credentials)));

  const ownerOfCaller = ({ authority }: Caller) => all.find(({ name }) => name === authority) ?? first;

  return {
    knownCaller: (caller) => ownerOfCaller(caller).knownCaller(caller),
    decideCaller: (caller, accessToken) => ownerOfCaller(caller).decideCaller(caller, accessToken),
    lookup(credentials) {
      for (const one of all) {
        const found = one.lookup(credentials);
        if (!found.verify) return found;
      }
      return ownerOfCredentials(credentials).lookup(credentials);
    },
    authenticate: async (request, from) => ownerOfCredentials(readCredentials(request)).authenticate(request, from),
    verify: (accessToken, from) => ownerOf(accessToken).verify(accessToken, from),
    explain: (accessToken, options) => ownerOf(accessToken).explain(accessToken, options),
    onRevocation: first.onRevocation,
    start() {
      for (const one of all) one.start();
    },
    readiness() {
      const found = all.map((one) => ({ name: one.name, isWithoutKeys: one.isWithoutKeys(), ...one.readiness() }));
      const ready = found.every((one) => one.ready);
      const hasTried = found.every((one) => one.ready || one.isWithoutKeys);
      return {
        ready,
        degraded: !ready && hasTried && found.some((one) => one.ready),
        detail: found.map(({ name, detail }) => `${name}: ${detail}`).join('; '),
      };
    },
    measures() {
      const found = all.map((one) => one.measures());
      const oldest = new Map<Ages[number][0], number>();
      for (const [version, seconds] of found.flatMap(({ keySetAgeSeconds }) => keySetAgeSeconds)) {
        oldest.set(version, Math.max(seconds, oldest.get(version) ?? 0));
      }
      const sum = (of: (one: (typeof found)[number]) => number) => found.reduce((before, one) => before + of(one), 0);
      return {
        keySetAgeSeconds: [...oldest],
        rememberedTokenBytes: sum((one) => one.rememberedTokenBytes),
        tokenLookups: {
          hits: sum(({ tokenLookups }) => tokenLookups.hits),
          misses: sum(({ tokenLookups }) => tokenLookups.misses),
        },
      };
    },
    close() {
      for (const one of all) one.close();
    },
  };
}

type Ages = ReturnType<Authentication['measures']>['keySetAgeSeconds'];

/** @throws AccessTokenError for a text that is not a token */
function unverifiedIssuer(accessToken: unknown): string | undefined {
  if (typeof accessToken !== 'string') return undefined;
  const { iss } = parsePart(parseCompactForm(accessToken).payload, 'PAYLOAD_MALFORMED');
  return typeof iss === 'string' ? iss : undefined;
}

function requireOwnIssuers(all: readonly AuthorityAuthentication[]): void {
  for (const [at, one] of all.entries()) {
    for (const other of all.slice(0, at)) {
      const shared = [...sharedIssuers(one, other), ...sharedIssuers(other, one)];
      if (shared.length > 0) {
        throw new TypeError(
          `authorities: "${one.name}" has the same issuer as "${other.name}". ${shared.every(isV1) ? V1_ADVICE : 'Give each its own tenant'}`,
        );
      }
    }
  }
}

/** The public and the US Government cloud write the same issuer into v1.0 tokens. */
const V1_ADVICE =
  'They share only the issuer of v1.0 tokens (https://sts.windows.net). Set acceptV1Tokens to false for one of them, or list the tenants of each in allowedTenants';

function isV1(issuer: string): boolean {
  return issuer.startsWith('https://sts.windows.net/');
}

function sharedIssuers({ issuers }: AuthorityAuthentication, { ownsIssuer }: AuthorityAuthentication) {
  return [...issuers].filter(ownsIssuer);
}
