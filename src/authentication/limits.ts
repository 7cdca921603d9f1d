import { cacheBytes } from '../values/cache-bytes.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const DAY_SECONDS = 24 * 3600;

/**
 * Bounds on tokens, on what is kept of them, and on what the identity provider may send. `config/limits.ts` collects them,
 * and its `Limit` says what a row means.
 */
export const AUTHENTICATION_LIMITS = {
  tokenBytes: {
    default: 16 * KIB,
    unit: 'bytes',
    of: 'size of the access token',
    reason:
      'Fixed: Entra decides the size, not the API: its tokens stay below 8 kB even with 200 groups. Longer ones cost time before they are verified.',
    beyond: '401 `TOKEN_TOO_LARGE`',
  },
  tokenHeaderLength: {
    default: 1 * KIB,
    unit: 'characters',
    of: "length of the access token's header",
    reason:
      'Fixed: Entra decides the header, which has fewer than 200 characters. Each member takes time before anything is known of the token.',
    beyond: '401 `TOKEN_TOO_LARGE`',
  },
  tokenMembers: {
    default: 256,
    unit: 'members, objects and arrays',
    of: 'number of members in the claims of the access token',
    reason: 'Fixed: Entra decides the claims: some 50 members. Parsing many takes longer than checking a signature.',
    beyond: '401 `TOKEN_TOO_LARGE`',
  },
  tokenCommas: {
    default: 1024,
    unit: 'commas',
    of: 'number of entries in the claims of the access token',
    reason:
      'Fixed: no token of Entra has so many entries, on any API. A list such as `roles` has a comma for each entry.',
    beyond: '401 `TOKEN_TOO_LARGE`',
  },
  tokenAudiences: {
    default: 10,
    unit: 'audiences',
    of: 'number of audiences of the access token',
    reason: 'Fixed: Entra names one audience in each token, and each is compared with what is accepted.',
    beyond: '401 `AUDIENCE_MISMATCH`',
  },
  tokenLifeSeconds: {
    default: 28 * 3600 + 300,
    unit: 'seconds',
    of: 'life of the access token',
    reason:
      'Fixed: Entra issues no token that lives longer: 28 hours with continuous access evaluation, and five minutes by which it backdates `iat`.',
    beyond: '401 `LIFETIME_TOO_LONG`',
  },
  verifiedTokens: {
    default: 10_000,
    unit: 'tokens',
    of: 'number of remembered access tokens',
    reason:
      'A token that was verified is recognised by its hash, so that its signature is checked once. 0 remembers none.',
    beyond: 'The token that was not used for longest is forgotten.',
    range: [0, 1_000_000],
  },
  verifiedTokenCacheBytes: {
    default: cacheBytes(32 * MIB),
    unit: 'bytes',
    of: 'memory for the callers and claims of remembered access tokens',
    reason:
      'Fixed: it follows the number that you set, with 3 kB for each remembered token. A usual token takes 2 kB with its claims, and one with a thousand roles takes 60 kB.',
    beyond: 'forgotten',
    grows: { with: ['verifiedTokens'], to: 512 * MIB },
  },
  unknownKeys: {
    default: 1_000,
    unit: 'key ids',
    of: 'number of remembered key ids that were not found',
    reason:
      'Fixed: the server looks for at most five in a minute, so this covers more than three hours on every deployment.',
    beyond: 'The key id that was looked for longest ago is forgotten.',
  },
  unknownKeyBytes: {
    default: 192 * KIB,
    unit: 'bytes',
    of: 'memory for key ids that were not found',
    reason: 'Fixed: it has room for `unknownKeys`: ids of Entra have 27 characters, and others have up to 128.',
    beyond: 'forgotten',
  },
  unknownKeySeconds: {
    default: 60,
    unit: 'seconds',
    of: 'time for which a key that was not found is not looked for again',
    reason:
      'Fixed: keys of Entra are announced before they are used, so good tokens do not wait for it. Each further time adds as much, so that a client with the token of another authority costs little.',
    beyond: '-',
  },
  unknownKeyMisses: {
    default: 5,
    unit: 'times',
    of: 'number of failed looks for one key that lengthen the wait for the next',
    reason: 'Fixed: a key that comes back after hours must be found within minutes, however often it was looked for.',
    beyond: 'not counted',
  },
  keyLooks: {
    default: 5,
    unit: 'looks a minute',
    of: 'number of looks for unknown keys: each refreshes all signing keys',
    reason:
      'Fixed: keys of Entra are announced before they are used, so good tokens need no look. Anyone can make up a key id, and a look fetches every document of the authority. One address has one of them.',
    beyond: '503 with Retry-After for a token in which all else is right, else 401',
  },
  groupLookups: {
    default: 100,
    unit: 'lookups',
    of: 'number of lookups of groups that are under way',
    reason:
      'Fixed: with 100 ms for each, it is a thousand in a second. Each holds a connection, and an outage must not pile them up.',
    beyond: '`SERVICE_UNAVAILABLE` for what depends on the groups',
  },
  callerGroupLookups: {
    default: 25,
    unit: 'lookups',
    of: 'number of lookups of the groups of one user that are under way',
    reason:
      'Fixed: one user has a token or a few, and each has one look-up. A user with many tokens would take those of all others.',
    beyond: '`SERVICE_UNAVAILABLE` for what depends on the groups',
  },
  groupFailureSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time for which groups that could not be looked up are not looked up again',
    reason: 'Fixed: groups are there again soon after an outage, and Entra is not asked for every operation during it.',
    beyond: '-',
  },
  rememberedTenants: {
    default: 1_000,
    unit: 'tenants',
    of: 'number of remembered answers of `isTenantAllowed`',
    reason:
      'Fixed: one that is forgotten is only asked about again. Anyone can make a tenant and get a good token of it.',
    beyond: 'The tenant that was not asked about for longest is forgotten.',
  },
  tenantSeconds: {
    default: 300,
    unit: 'seconds',
    of: 'time for which an answer of `isTenantAllowed` is remembered',
    reason: 'Fixed: a customer who leaves is kept out within minutes, and hardly any request costs a question.',
    beyond: 'It is asked again.',
  },
  tenantFailureSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time for which a tenant is refused after `isTenantAllowed` failed',
    reason:
      'Fixed: tenants are let in again soon after an outage, and `isTenantAllowed` is not called for every request during it.',
    beyond: 'It is asked again.',
  },
  tenantMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time for an answer of `isTenantAllowed`',
    reason: 'Fixed: a request waits for it, and a slower function needs a cache of its own.',
    beyond: '401 `TENANT_NOT_ALLOWED`',
  },
  tenantQuestions: {
    default: 100,
    unit: 'questions',
    of: 'number of questions to `isTenantAllowed` that are under way',
    reason:
      'Fixed: there is one for each tenant that is new, and an answer is remembered. An outage must not pile them up.',
    beyond: '401 `TENANT_NOT_ALLOWED`',
  },
  signingKeys: {
    default: 200,
    unit: 'keys',
    of: 'number of keys in a key set',
    reason: 'Fixed: Entra decides the number, and publishes fewer than 20.',
    beyond: 'The key set is not used, and the log says so.',
  },
  heldSigningKeys: {
    default: 1_000,
    unit: 'keys',
    of: 'number of trusted keys',
    reason:
      'Fixed: Entra has fewer than 20, so a provider that works never comes near. A key stays trusted for a day after it was last seen, so one gone wrong could add keys all the time.',
    beyond: 'Those that were unseen for longest are forgotten.',
  },
  signingKeySeconds: {
    default: DAY_SECONDS,
    unit: 'seconds',
    of: 'time for which a key is trusted after it was last seen',
    reason: 'Fixed: it answers to what Entra does on every deployment: its keys vanish for hours and come back.',
    beyond: '401 `SIGNING_KEY_UNKNOWN`',
  },
  signingKeyBits: {
    default: 8192,
    unit: 'bits',
    of: 'size of a signing key',
    reason:
      'Fixed: Entra decides the size: 2048 bits. The time of a signature check grows with the square of the size.',
    beyond: 'The key is not used, and the log says so.',
  },
  toldKeys: {
    default: 10,
    unit: 'keys',
    of: 'number of unusable keys that one log line names',
    reason:
      'Fixed: people read the line, and the others are counted. The documents of a provider gone wrong must not fill the log.',
    beyond: 'counted',
  },
  providerDocumentBytes: {
    default: 1 * MIB,
    unit: 'bytes',
    of: 'size of a document of the identity provider',
    reason: 'Fixed: Entra decides the size: less than 40 kB. It is counted after decompression.',
    beyond: 'The document is not used, and the log says so.',
  },
  providerMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time to read the metadata and the key set of the identity provider',
    reason:
      'Fixed: the last keys stay in use while Entra does not answer. A token with a new key waits for it, and a body that trickles could take for ever. `requestTimeoutMs` sets it where authentication is used without the server.',
    beyond: '503 with Retry-After for a token whose key is not known',
  },
  providerIdleMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time for which an unused connection to the identity provider is kept',
    reason: 'Fixed: the key set is read right after the metadata, and the next documents are read an hour later.',
    beyond: 'The connection is closed.',
  },
  keyRetrySeconds: {
    default: 60,
    unit: 'seconds',
    of: 'wait before signing keys that could not be read are read again',
    reason:
      'Fixed: it begins with a second and doubles. The last keys stay in use, and one attempt a minute costs nearly nothing.',
    beyond: 'the next attempt',
  },
  providerAddresses: {
    default: 32,
    unit: 'addresses',
    of: 'number of addresses of the identity provider that are tried',
    reason: 'Fixed: Entra decides the number: fewer than 20. A name server must not decide how many sockets are open.',
    beyond: 'not tried',
  },
  nextAddressMilliseconds: {
    default: 250,
    unit: 'milliseconds',
    of: "time for one of the provider's addresses to answer before the next one is tried beside it",
    reason: 'Fixed: RFC 8305 s.5 recommends it, and no address is given up by it.',
    beyond: 'The next address is tried too.',
  },
  nextProxyAddressMilliseconds: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'time for one of the addresses of a proxy to answer before the next one is tried',
    reason:
      "Fixed: Node's own 250 reach nothing on a link where every connection takes longer, and all addresses share the 5 000 of `providerMilliseconds`.",
    beyond: 'The next address is tried.',
  },
  reportSeconds: {
    default: 60,
    unit: 'seconds',
    of: 'time between two log lines about the same failure of a dependency',
    reason:
      'Fixed: clients and probes decide how often a dependency is asked, and one line a minute tells of its outage.',
    beyond: 'left out and counted where the line says so',
  },
  errorCauses: {
    default: 10,
    unit: 'causes',
    of: 'number of causes of a failed connection that are looked at',
    reason: 'Fixed: libraries nest two or three causes. Causes can go round in a circle.',
    beyond: 'not looked at',
  },
  shownValueLength: {
    default: 200,
    unit: 'characters',
    of: 'length of a value of a token or document in an explanation',
    reason: 'Fixed: people read the value, and those of Entra are shorter. One that is not verified may be anything.',
    beyond: 'cut',
  },
} as const;
