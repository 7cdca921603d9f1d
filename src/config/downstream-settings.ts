import { z } from 'zod';
import type { Contradiction, FindContradictions } from './contradictions.js';
import { apiOrigin, choice, guid } from './setting-checks.js';

const file = z.string().max(4096, 'the path of a file');

export const SECRET = /^[\x21-\x7e]{8,200}$/;

/** Settings for calling other APIs for the caller. */
export const downstreamShape = {
  DOWNSTREAM_CLIENT_SECRET: z.string().regex(SECRET, "a client secret of the API's app registration").optional().meta({
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
  const lacks = (name: 'REDIS_URL' | 'ENTRA_GROUP_ROLES') => values[name] === undefined && isSound(name);
  const credential =
    first === undefined && isSound('DOWNSTREAM_CLIENT_SECRET') ? ['a credential such as DOWNSTREAM_CLIENT_SECRET'] : [];
  const forCache = [...credential, ...(lacks('REDIS_URL') ? ['REDIS_URL'] : [])];
  const forGroups = [...credential, ...(lacks('ENTRA_GROUP_ROLES') ? ['ENTRA_GROUP_ROLES'] : [])];
  const problems = others.map((name): Contradiction => ({ name, expected: `no value beside ${first}` }));
  if (values.DOWNSTREAM_CACHE_KEY !== undefined && forCache.length > 0) {
    problems.push({ name: 'DOWNSTREAM_CACHE_KEY', expected: `no value without ${forCache.join(' and ')}` });
  }
  if (values.NODE_ENV === 'production' && values.DOWNSTREAM_GRAPH_URL?.startsWith('http:')) {
    problems.push({ name: 'DOWNSTREAM_GRAPH_URL', expected: 'an https address when NODE_ENV is "production"' });
  }
  if ((values.ENTRA_GROUP_LOOKUP ?? 'off') !== 'off' && forGroups.length > 0) {
    problems.push({ name: 'ENTRA_GROUP_LOOKUP', expected: `"off" without ${forGroups.join(' and ')}` });
  }
  return problems;
};

/** Options of `createDownstream`. Undefined credential: other APIs are not called. */
export function toDownstream(values: DownstreamSettings) {
  return {
    credential: credentialOf({
      secret: values.DOWNSTREAM_CLIENT_SECRET,
      certificate: values.DOWNSTREAM_CLIENT_CERTIFICATE,
      tokenFile: values.DOWNSTREAM_FEDERATED_TOKEN_FILE,
      identity: values.DOWNSTREAM_MANAGED_IDENTITY,
    }),
    graphUrl: values.DOWNSTREAM_GRAPH_URL,
    cacheKey: values.DOWNSTREAM_CACHE_KEY,
    groupLookup: values.ENTRA_GROUP_LOOKUP,
  };
}

/** Returns the first credential that is given. The identity is `system` or a client id. */
export function credentialOf(proofs: {
  readonly secret: string | undefined;
  readonly certificate: string | undefined;
  readonly tokenFile: string | undefined;
  readonly identity: string | undefined;
}) {
  const { secret, certificate, tokenFile, identity } = proofs;
  if (secret !== undefined) return { kind: 'secret', secret } as const;
  if (certificate !== undefined) return { kind: 'certificate', file: certificate } as const;
  if (tokenFile !== undefined) return { kind: 'federatedTokenFile', file: tokenFile } as const;
  if (identity === undefined) return undefined;
  return { kind: 'managedIdentity', clientId: identity === 'system' ? undefined : identity } as const;
}
