import type { ProxyFailure } from './proxy-error.js';

const OWN_AUTHORITY = "give Node its authority's certificate: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.";

/** What to do about each failure on the way through a proxy. */
export const PROXY_ADVICE: Readonly<Record<ProxyFailure, string>> = {
  'proxy-name': 'Is the name of the proxy spelt right in HTTPS_PROXY, and does DNS work on this host?',
  'proxy-unreachable':
    'Check address and port of the proxy in HTTPS_PROXY, that it runs, and that a firewall lets this host through to it.',
  'proxy-closed':
    'Does the proxy let this host in, and is its port in HTTPS_PROXY right? If that port speaks TLS, begin the address with https://.',
  'proxy-not-tls':
    'Begin the address of the proxy in HTTPS_PROXY with http://; what goes through it has a TLS of its own.',
  'proxy-untrusted': `Trust the proxy: ${OWN_AUTHORITY} Its address in HTTPS_PROXY must have the name in the certificate.`,
  'proxy-not-http':
    'Something else than an HTTP proxy answers there: check the port in HTTPS_PROXY. If it speaks TLS, begin the address with https://.',
  'refused-login':
    'Put login and password into HTTPS_PROXY, http://login:password@host:port, percent-encoded. Only Basic is spoken; for NTLM or Kerberos, have this server let through without.',
  'refused-host': 'Have the host of ENTRA_INSTANCE allowed in the proxy, port 443, for CONNECT.',
  'refused-gateway':
    'The proxy is there, and the provider is out of its reach: its own DNS, firewall or parent proxy. Is ENTRA_INSTANCE spelt right?',
  'refused-page':
    'A proxy that sends a page wants a sign-in, or is a web server: have this server let through, or correct the port in HTTPS_PROXY.',
  'tunnel-not-tls':
    'The proxy sends a page, perhaps for a sign-in, or connects to something else: have this server let through to the provider. Is the port in ENTRA_INSTANCE right?',
  'tunnel-untrusted': `Probably the proxy opens TLS: ${OWN_AUTHORITY} Or have it leave the provider alone.`,
  'tunnel-closed':
    'The proxy, or a filter behind it, cuts the connection to the provider: its log says why. Have the host of ENTRA_INSTANCE allowed there.',
  'tunnel-failed':
    'Open the address through the same proxy from this host, and compare; the log of the proxy may say more.',
  'no-answer':
    'No answer through the proxy in time: check its address and port in HTTPS_PROXY, whether a firewall drops packets to it, and whether it gets through to the provider.',
  'proxy-unused':
    'Give createAuthentication a fetch of createProxiedFetch: the library reads no settings from the environment.',
};
