import type { ProxyFailure } from './proxy-error.js';

export const PROXY_ADVICE: Readonly<Record<ProxyFailure, string>> = {
  unreachable:
    'Check the name, port and scheme of the proxy in HTTPS_PROXY. Check that the proxy runs and that no firewall is between it and this host. The address begins with http://, also for https targets. It begins with https:// only if the proxy itself speaks TLS.',
  refused:
    'Status 407: put login and password into HTTPS_PROXY, as http://login:password@host:port, percent-encoded. Only Basic is supported. A proxy with NTLM or Kerberos must let this server through without a login. Another 4xx status: have the host of ENTRA_INSTANCE allowed in the proxy, for CONNECT to port 443. Status 5xx: the proxy cannot reach the provider. Check its DNS, its firewall, its parent proxy and the spelling of ENTRA_INSTANCE. Any other status: the proxy wants a sign-in, or the address is that of a web server. Check the port in HTTPS_PROXY.',
  untrusted:
    "The proxy has its own certificate or opens TLS. Give Node the certificate of the proxy's authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem. HTTPS_PROXY must have the host name that is in the certificate. Or have the proxy pass connections to the provider through without opening TLS.",
  broken:
    'The proxy, or a filter behind it, cuts the connection to the provider or answers with a page of its own. Its log says why. Have the host of ENTRA_INSTANCE allowed there, and check the port in ENTRA_INSTANCE. Then open the address through the same proxy from this host, and compare.',
  'no-answer':
    'No answer came through the proxy in time. Check its address and port in HTTPS_PROXY, whether a firewall drops packets to it, and whether the proxy can reach the provider.',
  unused:
    'Pass the fetch that createProxiedFetch returns to createAuthentication. The library reads no settings from the environment.',
};
