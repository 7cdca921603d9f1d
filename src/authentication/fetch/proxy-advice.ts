import type { ProxyFailure } from './proxy-error.js';

export const PROXY_ADVICE: Readonly<Record<ProxyFailure, string>> = {
  unreachable:
    'Check name, port and scheme of the proxy in HTTPS_PROXY, that it runs, and that a firewall lets this host through to it. Begin the address with http://, also for https targets; with https:// only if the proxy itself speaks TLS.',
  refused:
    'Status 407: put login and password into HTTPS_PROXY, http://login:password@host:port, percent-encoded. Only Basic is spoken; for NTLM or Kerberos, have this server let through without. Status 4xx: have the host of ENTRA_INSTANCE allowed in the proxy, port 443, for CONNECT. Status 5xx: the proxy cannot reach the provider; check its DNS, firewall and parent proxy, and the spelling of ENTRA_INSTANCE. Another status: it wants a sign-in, or is a web server; correct the port in HTTPS_PROXY.',
  untrusted:
    "The proxy has a certificate of its own, or opens TLS. Give Node its authority's certificate: NODE_EXTRA_CA_CERTS=/path/to/ca.pem. Its address in HTTPS_PROXY must have the name in the certificate. Or have it leave the provider alone.",
  broken:
    'The proxy, or a filter behind it, cuts the connection to the provider or sends a page in its place: its log says why. Have the host of ENTRA_INSTANCE allowed there, and check the port in ENTRA_INSTANCE. Open the address through the same proxy from this host, and compare.',
  'no-answer':
    'No answer through the proxy in time: check its address and port in HTTPS_PROXY, whether a firewall drops packets to it, and whether it gets through to the provider.',
  unused:
    'Give createAuthentication a fetch of createProxiedFetch: the library reads no settings from the environment.',
};
