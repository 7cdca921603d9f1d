import { createBoundedReading, DocumentError, type FetchJsonObject } from '../../authentication/fetch/bounded-fetch.js';
import { directFetch } from '../../authentication/fetch/direct-fetch.js';
import { fetchAdvice } from '../../authentication/fetch/fetch-advice.js';
import { createProxiedFetch } from '../../authentication/fetch/proxied-fetch.js';
import { createAuthority, PUBLIC_CLOUD } from '../../authentication/keys/authority.js';
import { alarmingIn, describeUnusable, readKeySet } from '../../authentication/keys/key-set.js';
import { type Metadata, readMetadata } from '../../authentication/keys/metadata.js';
import { AUTHENTICATION_LIMITS } from '../../authentication/limits.js';
import type { AuthenticationOptions } from '../../authentication/options/authentication-options.js';
import { acceptedVersions } from '../../authentication/options/token-requirements.js';
import type { TokenVersion } from '../../authentication/token-version.js';
import type { AuthenticationConfig } from '../../config/config.js';
import { checkClock, watchClock } from './clock-difference.js';
import type { Finding } from './finding.js';
import { describeKeys } from './key-ages.js';

/** The options of an authority that decide where its keys are. */
type AuthorityOptions = Pick<
  AuthenticationOptions,
  'instance' | 'tenantId' | 'clientId' | 'appSpecificSigningKeys' | 'allowedTenants' | 'acceptV1Tokens'
>;

/** Bounds of the server. */
const BOUNDS = {
  timeoutMs: AUTHENTICATION_LIMITS.providerMilliseconds.default,
  maxBytes: AUTHENTICATION_LIMITS.providerDocumentBytes.default,
} as const;

/** Checks metadata, issuers, keys and clock of the provider with the server's own requests. */
export async function checkProvider(
  { authentication, proxy }: AuthenticationConfig,
  { now, signal }: { now(): number; readonly signal: AbortSignal },
): Promise<Finding[]> {
  const fetch = proxy ? createProxiedFetch(proxy) : directFetch;
  const clock = watchClock(fetch, now);
  const [first, ...further] = await Promise.all([
    checkAuthority(authentication, createBoundedReading(clock.fetch, { ...BOUNDS, signal }), now),
    ...(authentication.authorities ?? []).map(async (one) =>
      namedFindings(one.name, await checkAuthority(one, createBoundedReading(fetch, { ...BOUNDS, signal }), now)),
    ),
  ]);
  return [...first, ...further.flat(), checkClock(clock.differenceMs(), authentication.clockToleranceSeconds)];
}

/** Returns the findings with the name of their authority in front. Those of the first authority have no name. */
function namedFindings(name: string, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, seen: `${name}: ${finding.seen}` }));
}

async function checkAuthority(
  options: AuthorityOptions,
  readBounded: ReturnType<typeof createBoundedReading>,
  now: () => number,
): Promise<Finding[]> {
  const { instance = PUBLIC_CLOUD, tenantId, clientId, appSpecificSigningKeys } = options;
  const authority = createAuthority(
    instance,
    tenantId.toLowerCase(),
    appSpecificSigningKeys ? clientId.toLowerCase() : undefined,
  );
  const versions = [...acceptedVersions(options)].reverse();
  const findings = await Promise.all(
    versions.map((version) => {
      const look = async (fetchJsonObject: FetchJsonObject): Promise<Finding[]> => {
        const metadata = await readMetadata(authority, version, fetchJsonObject);
        return [
          { check: `metadata v${version}`, status: 'ok', seen: authority.metadataAddress(version) },
          { check: `issuer v${version}`, status: 'ok', seen: describeIssuer(metadata, options) },
          ...(await orAdvice(`keys v${version}`, () => checkKeys(version, metadata, { fetchJsonObject, now }))),
        ];
      };
      return orAdvice(`metadata v${version}`, () => readBounded(look));
    }),
  );
  return adviseWithoutV1(findings.flat());
}

/** Replaces advice on the tenant if v2.0 has metadata and v1.0 has none. External ID has no v1.0 tokens. */
function adviseWithoutV1(findings: readonly Finding[]): Finding[] {
  const isKnown = findings.some(({ check, status }) => check === 'metadata v2.0' && status === 'ok');
  const advice =
    'The provider has no v1.0 tokens for this tenant. The server is ready without them. Set ENTRA_ACCEPT_V1_TOKENS=false, and it stops asking for their keys.';
  return findings.map((finding) => {
    const isAbsent = finding.check === 'metadata v1.0' && /status (400|404)/.test(finding.seen);
    return isKnown && isAbsent ? { ...finding, status: 'warn', advice } : finding;
  });
}

async function checkKeys(
  version: TokenVersion,
  metadata: Metadata,
  { fetchJsonObject, now }: { readonly fetchJsonObject: FetchJsonObject; now(): number },
): Promise<Finding[]> {
  let document: unknown;
  const keySet = await readKeySet(metadata, async (address) => {
    const fetched = await fetchJsonObject(address);
    document = fetched;
    return fetched;
  });
  const check = `keys v${version}`;
  const seen = `${metadata.jwksUri}: ${describeKeys(keySet.keys, document, now())}`;
  const alarming = alarmingIn(keySet);
  if (alarming.length === 0) return [{ check, status: 'ok', seen }];
  const advice = 'Tokens signed with those keys are refused. Is somebody else answering for the provider?';
  return [{ check, status: 'warn', seen: `${seen}; not used: ${describeUnusable(alarming)}`, advice }];
}

function describeIssuer({ issuer }: Metadata, { allowedTenants }: AuthorityOptions): string {
  if (allowedTenants === 'any') return `${issuer}, any tenant`;
  return allowedTenants ? `${issuer}, tenants ${allowedTenants.join(', ')}` : issuer;
}

async function orAdvice(check: string, find: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return [{ check, status: 'fail', seen: `${error.reason}, at ${error.address}`, advice: fetchAdvice(error) }];
  }
}
