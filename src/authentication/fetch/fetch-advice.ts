import type { DocumentError } from './bounded-fetch.js';
import { innermostError } from './innermost-error.js';
import { PROXY_ADVICE } from './proxy-advice.js';
import { isProxyError } from './proxy-error.js';

/** Patterns for the text of a failed fetch and the advice for each. */
type Advice = readonly (readonly [RegExp, string])[];

const NO_NAME = /ENOTFOUND|EAI_/;
/** The last is the server's own limit on a fetch. */
const NO_ANSWER = /TimeoutError|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|timeout of/;
const NO_TLS = /wrong version number/;
const CLOSED = /ECONNRESET|EPIPE|UND_ERR_SOCKET/;
const NO_WAY = /ECONNREFUSED|EHOST(UNREACH|DOWN)|ENET(UNREACH|DOWN)|EADDRNOTAVAIL|EACCES|EPERM/;

/** The first that fits counts. */
const ADVICE: Advice = [
  [
    /not a JSON object|with HTML/,
    'Something between this host and the provider answers in its place: a proxy that wants a sign-in, or a filter. Allow this server to reach that address, or name the right proxy in HTTPS_PROXY. Check ENTRA_INSTANCE too: its host may not be a cloud of Entra.',
  ],
  [
    NO_NAME,
    'The name cannot be looked up. Check the spelling of ENTRA_INSTANCE and the DNS of this host. If only a proxy may look up names, set HTTPS_PROXY.',
  ],
  [
    NO_TLS,
    'The server at that address does not speak TLS. Check the port in ENTRA_INSTANCE. Addresses with http: are for an emulator on this host.',
  ],
  [
    /certificate|CERT_|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/,
    "The certificate is not trusted. Probably a proxy opens TLS. Give Node the certificate of the proxy's authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
  ],
  [
    CLOSED,
    'The connection was accepted and then closed: by a filter that inspects TLS, by a server that is overloaded or restarting, or because the port is wrong. Check ENTRA_INSTANCE and try again. If it still fails, have the host allowed in the filter, or set HTTPS_PROXY if a proxy is the way out.',
  ],
  // A host without IPv6 has no way to half of the addresses. What counts is that the others did not answer.
  [
    NO_ANSWER,
    'No answer within 5 seconds. A firewall that drops packets looks like this. Open it for outgoing https, or set HTTPS_PROXY.',
  ],
  [
    NO_WAY,
    'This host cannot reach that address. Open the firewall for outgoing https, or set HTTPS_PROXY. An emulator must be running.',
  ],
  [
    /AADSTS90002/,
    'The provider knows no such tenant: check ENTRA_TENANT_ID, and that ENTRA_INSTANCE is the cloud of that tenant.',
  ],
  [/AADSTS/, 'The number AADSTS… says why: look it up at https://login.microsoftonline.com/error.'],
  [
    /status (400|404)/,
    'Probably the provider does not know this tenant. Check ENTRA_TENANT_ID, and that ENTRA_INSTANCE is the cloud of that tenant. If only v1.0 is refused, the provider has no v1.0 tokens for this tenant: set ENTRA_ACCEPT_V1_TOKENS=false.',
  ],
  [
    /status (401|403|407|451)/,
    'Something between this host and the provider refuses this server: a proxy that wants a sign-in, a filter or a firewall. Allow this server to reach the host of ENTRA_INSTANCE, or name the right proxy in HTTPS_PROXY.',
  ],
  [/status 30[0-378]/, 'Redirects are not followed. Check ENTRA_INSTANCE, and whether a sign-in portal is in between.'],
  [
    /status (429|5\d\d)/,
    'The provider or a gateway in between has an outage: try again later. A running server uses its keys for 24 hours. A server that starts now is not ready until it has read keys.',
  ],
  [
    /issuer|jwks_uri|no usable key/,
    'The answer does not come from the configured authority. Check ENTRA_INSTANCE and ENTRA_TENANT_ID, and who answers at that address.',
  ],
];

/** Returns advice for a document of the provider that cannot be fetched. It distinguishes proxy, DNS, TLS and network. */
export function fetchAdvice(error: DocumentError): string {
  if (isProxyError(error.cause)) return PROXY_ADVICE[error.cause.failure];
  const { name, message, code } = Object(innermostError(error));
  const text = [error.reason, name, message, code].join(' ');
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? 'Open the address from this host, and compare.';
}
