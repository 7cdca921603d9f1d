import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { credentialOf, SECRET } from './downstream-settings.js';
import { apiOrigin, guid } from './setting-checks.js';

const MAX_SECRET_BYTES = 1024;
const file = z.string().min(1).max(4096);
const CREDENTIAL = 'exactly one of clientSecretFile, clientCertificate, federatedTokenFile and managedIdentity';
const SECRET_FILE = 'a clientSecretFile that holds the client secret and nothing else';

/**
 * The way to other APIs for callers of a further authority: the API's credential there, and the Microsoft Graph of its
 * cloud.
 */
export const authorityDownstream = z
  .strictObject({
    graphUrl: apiOrigin('https://graph.microsoft.us').default('https://graph.microsoft.com'),
    clientSecretFile: file.optional(),
    clientCertificate: file.optional(),
    federatedTokenFile: file.optional(),
    managedIdentity: z.union([z.literal('system'), guid('')], { error: '"system" or a GUID' }).optional(),
  })
  .transform(({ graphUrl, ...proofs }, context) => {
    const { clientSecretFile, clientCertificate: certificate, federatedTokenFile, managedIdentity: identity } = proofs;
    const secret = clientSecretFile === undefined ? undefined : readSecret(clientSecretFile);
    const credential = credentialOf({ secret, certificate, tokenFile: federatedTokenFile, identity });
    const isOne = Object.values(proofs).filter((proof) => proof !== undefined).length === 1;
    if (isOne && credential && (secret === undefined || SECRET.test(secret))) return { graphUrl, credential };
    context.addIssue({ code: 'custom', message: isOne ? SECRET_FILE : CREDENTIAL });
    return z.NEVER;
  });

function readSecret(path: string): string {
  try {
    return statSync(path).size > MAX_SECRET_BYTES ? '' : readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
