import { X509Certificate } from 'node:crypto';
import type { Authority } from '../directory.js';
import type { ConfidentialClient } from '../emulator-options.js';
import { EntraError } from '../entra-error.js';
import { isInTime, isSignedBy, readToken, type UnverifiedToken } from '../tokens/read-token.js';

/** `client_assertion_type` of a JWT (RFC 7523 s.2.2). */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Checks a JWT with which a client proves that it has the key of one of its certificates ("Certificate credentials").
 *
 * @throws EntraError `assertionMalformed` and those of client assertions
 */
export function checkClientAssertion(
  client: ConfidentialClient,
  assertion: string,
  { authority, nowMs }: { readonly authority: Authority; readonly nowMs: number },
): void {
  const token = readToken(assertion);
  if (!token) throw new EntraError('assertionMalformed');
  const certificate = (client.certificates ?? [])
    .map((pem) => new X509Certificate(pem))
    .find((candidate) => isNamedBy(token, candidate));
  if (!certificate || !isSignedBy(certificate.publicKey, token)) throw new EntraError('clientAssertionSignature');
  const { iss, sub, aud } = token.claims;
  if (iss !== client.clientId || sub !== client.clientId) throw new EntraError('clientAssertionIssuer');
  if (typeof aud !== 'string' || !audiencesOf(authority).includes(aud)) throw new EntraError('clientAssertionAudience');
  if (!isInTime(token, nowMs)) throw new EntraError('clientAssertionTime');
}

/** Returns whether the header names the certificate by its thumbprint. That is SHA-256, or SHA-1 from older libraries. */
function isNamedBy({ header }: UnverifiedToken, certificate: X509Certificate): boolean {
  const thumbprint = (hex: string) => Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url');
  if (typeof header['x5t#S256'] === 'string') return header['x5t#S256'] === thumbprint(certificate.fingerprint256);
  return header.x5t === thumbprint(certificate.fingerprint);
}

/** Returns the accepted audiences. They are the token endpoint of either version and the issuer. */
function audiencesOf({ instance, name }: Authority): readonly string[] {
  const base = `${instance}/${name}`;
  return [`${base}/oauth2/v2.0/token`, `${base}/oauth2/token`, `${base}/v2.0`];
}
