import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Configuration, INetworkModule } from '@azure/msal-node';
import { DownstreamUnavailableError } from './token-errors.js';

/** Proof of this API's own identity at Entra. */
export type ClientCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  /** A PEM file with a certificate and its private key. It is read each time, so a renewed one needs no restart. */
  | { readonly kind: 'certificate'; readonly file: string }
  /** A file with a token of another issuer that Entra trusts, as workload identity of Kubernetes has it. */
  | { readonly kind: 'federatedTokenFile'; readonly file: string }
  /** The managed identity of the machine, trusted by a federated credential. Undefined: the system-assigned one. */
  | { readonly kind: 'managedIdentity'; readonly clientId: string | undefined };

/** The part of MSAL's options that proves the identity. */
type Proof = Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate' | 'clientAssertion'>;

/** Audience of a token that proves one identity of Entra to another (workload identity federation). */
const TOKEN_EXCHANGE = 'api://AzureADTokenExchange';

/** @param networkClient the way to the endpoint of managed identities */
export async function proofOf(credential: ClientCredential, networkClient: INetworkModule): Promise<Proof> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: credential.secret };
    case 'certificate':
      return { clientCertificate: readCertificate(await readFile(credential.file, 'utf8')) };
    case 'federatedTokenFile':
      return { clientAssertion: (await readFile(credential.file, 'utf8')).trim() };
    case 'managedIdentity':
      return { clientAssertion: await managedIdentityToken(credential.clientId, networkClient) };
  }
}

const PRIVATE_KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^-]*-----END \1PRIVATE KEY-----/;

/** @throws TypeError for text without a certificate or without a private key */
function readCertificate(pem: string): NonNullable<Proof['clientCertificate']> {
  const [privateKey] = PRIVATE_KEY.exec(pem) ?? [];
  if (privateKey === undefined || !pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new TypeError('DOWNSTREAM_CLIENT_CERTIFICATE: the file needs a certificate and its private key in PEM form');
  }
  const certificate = new X509Certificate(pem);
  return { thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''), privateKey, x5c: certificate.toString() };
}

async function managedIdentityToken(clientId: string | undefined, networkClient: INetworkModule): Promise<string> {
  const { ManagedIdentityApplication } = await import('@azure/msal-node');
  const identity = new ManagedIdentityApplication({
    ...(clientId !== undefined && { managedIdentityIdParams: { userAssignedClientId: clientId } }),
    system: { networkClient, disableInternalRetries: true },
  });
  try {
    return (await identity.acquireToken({ resource: TOKEN_EXCHANGE })).accessToken;
  } catch (error) {
    // MSAL keeps the way to the network of its first question, so an outage does not come back by the one given here.
    if (Object(error).errorCode !== 'network_error') throw error;
    throw new DownstreamUnavailableError('the endpoint of managed identities does not answer', { cause: error });
  }
}
