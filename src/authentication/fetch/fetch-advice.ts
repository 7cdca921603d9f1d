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
    'Something between here and the provider answers in its place: a proxy that wants a sign-in, or a filter. Let this server through to that address, or name the right proxy in HTTPS_PROXY. Or ENTRA_INSTANCE names a host that is not a cloud of Entra.',
  ],
  [
    NO_NAME,
    'The name cannot be looked up: is ENTRA_INSTANCE spelt right, and does DNS work on this host? Where only a proxy may look up names, set HTTPS_PROXY.',
  ],
  [
    NO_TLS,
    'What answers there speaks no TLS: is the port in ENTRA_INSTANCE right? Addresses with http: are for an emulator on this host.',
  ],
  [
    /certificate|CERT_|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO/,
    "The connection is not trusted: probably a proxy that opens TLS. Give Node its authority's certificate: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
  ],
  [
    CLOSED,
    'What answers there takes the connection and closes it again: a filter that looks into connections, a server that is overloaded or restarting, or another port than that of the provider. Try again; is ENTRA_INSTANCE right? If it stays, have its host allowed in the filter, or set HTTPS_PROXY where a proxy is the way out.',
  ],
  // A host without IPv6 has no way to half of the addresses. What counts is that the others did not answer.
  [
    NO_ANSWER,
    'No answer within 5 seconds: a firewall that drops packets looks like this. Open it for outgoing https, or set HTTPS_PROXY.',
  ],
  [
    NO_WAY,
    'There is no way there from this host: open the firewall for outgoing https, or set HTTPS_PROXY. An emulator must be running.',
  ],
  [
    /AADSTS90002/,
    'The provider knows no such tenant: check ENTRA_TENANT_ID, and that ENTRA_INSTANCE is the cloud where it is.',
  ],
  [/AADSTS/, 'The provider says why by the number AADSTS…: look it up at https://login.microsoftonline.com/error.'],
  [
    /status (400|404)/,
    'Probably the provider knows no such tenant: check ENTRA_TENANT_ID, and that ENTRA_INSTANCE is the cloud where it is. If v1.0 alone is refused, the provider has no v1.0 tokens for this tenant: set ENTRA_ACCEPT_V1_TOKENS=false.',
  ],
  [
    /status (401|403|407|451)/,
    'Something between here and the provider refuses this server: a proxy that wants a sign-in, a filter or a firewall. Let this server through to the host of ENTRA_INSTANCE, or name the right proxy in HTTPS_PROXY.',
  ],
  [/status 30[0-378]/, 'Redirects are not followed. Check ENTRA_INSTANCE, and whether a portal is in between.'],
  [
    /status (429|5\d\d)/,
    'The provider, or a gateway in between, is disturbed: try again later. A server goes on with the keys it has for 24 hours; one that starts now is not ready until it gets some.',
  ],
  [
    /issuer|jwks_uri|no usable key/,
    'The answer is not that of the configured authority: check ENTRA_INSTANCE and ENTRA_TENANT_ID, and who answers at that address.',
  ],
];

/** Returns advice for a document of the provider that cannot be fetched. It distinguishes proxy, DNS, TLS and network. */
export function fetchAdvice(error: DocumentError): string {
  if (isProxyError(error.cause)) return PROXY_ADVICE[error.cause.failure];
  const { name, message, code } = Object(innermostError(error));
  const text = [error.reason, name, message, code].join(' ');
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? 'Open the address from this host, and compare.';
}
