import { z } from 'zod';
import type { Contradiction, FindContradictions } from './contradictions.js';
import { apiOrigin, choice, guid } from './setting-checks.js';

const file = z.string().max(4096, 'the path of a file');

/** Settings for calling other APIs for the caller. */
export const downstreamShape = {
  DOWNSTREAM_CLIENT_SECRET: z
    .string()
    .regex(/^[\x21-\x7e]{8,200}$/, "a client secret of the API's app registration")
    .optional()
    .meta({
      description:
        "Client secret of the API's app registration, for tokens of other APIs. Set at most one of the four credentials. See [other APIs](other-apis.md).",
      absent: 'none',
    }),
  DOWNSTREAM_CLIENT_CERTIFICATE: file.optional().meta({
    description: 'PEM file with a certificate of the app registration and its private key, in place of a secret.',
    absent: 'none',
  }),
  DOWNSTREAM_FEDERATED_TOKEN_FILE: file.optional().meta({
    description:
      'File with a token that the app registration trusts (federated credential), such as that of workload identity in Kubernetes.',
    absent: 'none',
  }),
  DOWNSTREAM_MANAGED_IDENTITY: z
    .union([z.literal('system'), guid('')], { error: '"system" or the client id of a user-assigned managed identity' })
    .optional()
    .meta({
      description:
        'Managed identity that the app registration trusts (federated credential): `system`, or the client id of a user-assigned one.',
      absent: 'none',
    }),
  DOWNSTREAM_CACHE_KEY: z
    .string()
    .regex(/^(?:[\w-]{43}|[A-Za-z0-9+/]{43}=)$/, '32 random bytes in base64, as "openssl rand -base64 32" prints them')
    .optional()
    .meta({
      description:
        'Key with which tokens for other APIs are encrypted in `REDIS_URL`, so that all servers share them: 32 random bytes in base64 (`openssl rand -base64 32`). All servers need the same. See [other APIs](other-apis.md#sharing-tokens).',
      absent: 'each server has its own tokens in memory',
    }),
  ENTRA_GROUP_LOOKUP: choice('off', 'user', 'application').default('off').meta({
    description:
      '`off`, `user` or `application`: how groups that a token leaves out are looked up at Microsoft Graph, on behalf of the user (`User.Read`) or with permissions of this API (`User.Read.All` and `GroupMember.Read.All`). Needs `ENTRA_GROUP_ROLES` and a credential. See [groups](groups.md).',
  }),
  DOWNSTREAM_GRAPH_URL: apiOrigin('https://graph.microsoft.us').default('https://graph.microsoft.com').meta({
    description:
      'Microsoft Graph of the cloud. It gets access tokens, so `http:` is accepted for loopback only, and never with `NODE_ENV=production`.',
  }),
};

type DownstreamSettings = z.output<z.ZodObject<typeof downstreamShape>>;

const CREDENTIALS = [
  'DOWNSTREAM_CLIENT_SECRET',
  'DOWNSTREAM_CLIENT_CERTIFICATE',
  'DOWNSTREAM_FEDERATED_TOKEN_FILE',
  'DOWNSTREAM_MANAGED_IDENTITY',
] as const;

/**
 * Finds settings that contradict each other: a second credential (it would be unclear which one proves the API's identity),
 * a lookup of groups that cannot work, a key without a cache, and Microsoft Graph without TLS in production.
 */
export const findDownstreamContradictions: FindContradictions<
  DownstreamSettings & {
    readonly ENTRA_GROUP_ROLES?: unknown;
    readonly REDIS_URL?: string | undefined;
    readonly NODE_ENV?: string | undefined;
  }
> = (values, isSound) => {
  const [first, ...others] = CREDENTIALS.filter((name) => values[name] !== undefined);
  const missingForCache = [
    ...(first === undefined && isSound('DOWNSTREAM_CLIENT_SECRET')
      ? ['a credential such as DOWNSTREAM_CLIENT_SECRET']
      : []),
    ...(values.REDIS_URL === undefined && isSound('REDIS_URL') ? ['REDIS_URL'] : []),
  ];
  const uselessKey: readonly Contradiction[] =
    values.DOWNSTREAM_CACHE_KEY !== undefined && missingForCache.length > 0
      ? [{ name: 'DOWNSTREAM_CACHE_KEY', expected: `no value without ${missingForCache.join(' and ')}` }]
      : [];
  const plainGraph: readonly Contradiction[] =
    values.NODE_ENV === 'production' && values.DOWNSTREAM_GRAPH_URL?.startsWith('http:')
      ? [{ name: 'DOWNSTREAM_GRAPH_URL', expected: 'an https address when NODE_ENV is "production"' }]
      : [];
  const problems = [
    ...others.map((name): Contradiction => ({ name, expected: `no value beside ${first}` })),
    ...uselessKey,
    ...plainGraph,
  ];
  if (values.ENTRA_GROUP_LOOKUP === undefined || values.ENTRA_GROUP_LOOKUP === 'off') return problems;
  const needed = [
    ...(first === undefined && isSound('DOWNSTREAM_CLIENT_SECRET')
      ? ['a credential such as DOWNSTREAM_CLIENT_SECRET']
      : []),
    ...(values.ENTRA_GROUP_ROLES === undefined && isSound('ENTRA_GROUP_ROLES') ? ['ENTRA_GROUP_ROLES'] : []),
  ];
  if (needed.length === 0) return problems;
  return [...problems, { name: 'ENTRA_GROUP_LOOKUP', expected: `"off" without ${needed.join(' and ')}` }];
};

/** Options of `createDownstream`. Undefined credential: other APIs are not called. */
export function toDownstream(values: DownstreamSettings) {
  return {
    credential: credentialOf(values),
    graphUrl: values.DOWNSTREAM_GRAPH_URL,
    cacheKey: values.DOWNSTREAM_CACHE_KEY,
    groupLookup: values.ENTRA_GROUP_LOOKUP,
  };
}

function credentialOf(values: DownstreamSettings) {
  const {
    DOWNSTREAM_CLIENT_SECRET: secret,
    DOWNSTREAM_CLIENT_CERTIFICATE: certificate,
    DOWNSTREAM_FEDERATED_TOKEN_FILE: tokenFile,
    DOWNSTREAM_MANAGED_IDENTITY: identity,
  } = values;
  if (secret !== undefined) return { kind: 'secret', secret } as const;
  if (certificate !== undefined) return { kind: 'certificate', file: certificate } as const;
  if (tokenFile !== undefined) return { kind: 'federatedTokenFile', file: tokenFile } as const;
  if (identity === undefined) return undefined;
  return { kind: 'managedIdentity', clientId: identity === 'system' ? undefined : identity } as const;
}
