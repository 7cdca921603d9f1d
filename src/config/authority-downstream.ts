import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { apiOrigin, guid } from './setting-checks.js';

const MAX_SECRET_BYTES = 1024;
const file = z.string().min(1).max(4096);
const CREDENTIAL = 'exactly one of clientSecretFile, clientCertificate, federatedTokenFile and managedIdentity';

/** The API's credential at a further authority, and the Microsoft Graph of its cloud. */
export const authorityDownstream = z
  .strictObject({
    graphUrl: apiOrigin('https://graph.microsoft.us').default('https://graph.microsoft.com'),
    clientSecretFile: file.optional(),
    clientCertificate: file.optional(),
    federatedTokenFile: file.optional(),
    managedIdentity: z.union([z.literal('system'), guid('')], { error: '"system" or a GUID' }).optional(),
  })
  .transform(({ graphUrl, ...proofs }, context) => {
    const credential = credentialOf(proofs);
    if (typeof credential === 'object') return { graphUrl, credential };
    context.addIssue({ code: 'custom', message: credential });
    return z.NEVER;
  });

interface Proofs {
  readonly clientSecretFile?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly federatedTokenFile?: string | undefined;
  readonly managedIdentity?: string | undefined;
}

function credentialOf(proofs: Proofs) {
  if (Object.values(proofs).filter((proof) => proof !== undefined).length !== 1) return CREDENTIAL;
  const { clientSecretFile, clientCertificate, federatedTokenFile, managedIdentity } = proofs;
  if (clientCertificate !== undefined) return { kind: 'certificate', file: clientCertificate } as const;
  if (federatedTokenFile !== undefined) return { kind: 'federatedTokenFile', file: federatedTokenFile } as const;
  if (managedIdentity !== undefined) {
    return { kind: 'managedIdentity', clientId: managedIdentity === 'system' ? undefined : managedIdentity } as const;
  }
  const secret = readSecret(clientSecretFile ?? '');
  return /^[\x21-\x7e]{8,200}$/.test(secret)
    ? ({ kind: 'secret', secret } as const)
    : 'a clientSecretFile that holds the client secret and nothing else';
}

function readSecret(path: string): string {
  try {
    return statSync(path).size > MAX_SECRET_BYTES ? '' : readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
