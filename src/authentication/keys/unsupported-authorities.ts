import { isHttpsOrLoopback } from '../loopback.js';
import { microsoftServiceOf } from '../token/microsoft-audiences.js';

/** An identity provider with other tokens than Entra ID. */
interface UnsupportedAuthority {
  readonly name: string;
  readonly host?: RegExp;
  readonly path?: RegExp;
}

export const B2C = 'Azure AD B2C';

/** The first that fits counts. Hosts and paths are lower-case. */
const AUTHORITIES: readonly UnsupportedAuthority[] = [
  { name: B2C, host: /(^|\.)b2clogin\.(com|cn|us)$/ },
  { name: B2C, path: /(^\/tfp\/|[/=]b2c_1a?_)/ },
  { name: 'AD FS', path: /^\/adfs(\/|$)/ },
  { name: 'Google', host: /(^|\.)google(apis)?\.com$/ },
  { name: 'Okta', host: /\.(okta|oktapreview|okta-emea|okta-gov|trexcloud)\.com$/ },
  { name: 'Auth0', host: /\.auth0\.com$/ },
  { name: 'Amazon Cognito', host: /(^cognito-idp\.[\w-]+\.amazonaws\.com|\.amazoncognito\.com)$/ },
  { name: 'Ping Identity', host: /(^|\.)(pingone\.(com|eu|asia|ca|com\.au)|pingidentity\.com)$/ },
  { name: 'OneLogin', host: /\.onelogin\.com$/ },
  { name: 'Keycloak', path: /^\/(auth\/)?realms\// },
  { name: 'Apple', host: /^appleid\.apple\.com$/ },
  { name: 'GitHub', host: /(^|\.)(github|githubusercontent)\.com$/ },
  { name: 'GitLab', host: /(^|\.)gitlab\.com$/ },
  { name: 'Facebook', host: /(^|\.)facebook\.com$/ },
  { name: 'the sign-in of personal Microsoft accounts', host: /^login\.live\.com$/ },
  { name: 'Microsoft Cloud Germany, which was closed in 2021', host: /(^|\.)microsoftonline\.de$/ },
];

/**
 * Returns the name of the authority at an address if it is known not to be Entra ID. Otherwise returns undefined.
 *
 * @param address an issuer or instance; Google's older issuer has no scheme
 */
export function unsupportedAuthority(address: string): string | undefined {
  const text = /^[\w.-]+$/.test(address) ? `https://${address}` : address;
  if (!URL.canParse(text)) return undefined;
  const { hostname: written, pathname, search } = new URL(text);
  const hostname = written.replace(/\.$/, '');
  const path = `${pathname}${search}`.toLowerCase();
  return AUTHORITIES.find((known) => known.host?.test(hostname) || known.path?.test(path))?.name;
}

const INSTANCE_FORM =
  'an https address without a path or a final dot, such as https://login.microsoftonline.com (http only for loopback)';

/**
 * Returns why an address cannot be the instance, as a noun phrase for the expected value. Undefined when no problem is
 * known.
 */
export function instanceProblem(instance: string): string | undefined {
  const name = unsupportedAuthority(instance);
  if (name !== undefined) return `${ENTRA}, because ${name} is not supported`;
  return issuerAsInstance(instance) ?? otherService(instance) ?? (isInstance(instance) ? undefined : INSTANCE_FORM);
}

const ENTRA = 'an address of Microsoft Entra ID or External ID';

/**
 * Accepts plain http for loopback alone. Elsewhere an attacker on the network could hand us keys. An issuer has no
 * final dot, so no token would fit a host with one.
 */
function isInstance(instance: string): boolean {
  if (!URL.canParse(instance)) return false;
  const { origin, username, password, href, hostname } = new URL(instance);
  if (hostname.endsWith('.')) return false;
  return !username && !password && href === `${origin}/` && isHttpsOrLoopback(instance);
}

/** Sign-in hosts of Microsoft, among them those of one region and those of clouds that are not listed. */
const SIGN_IN_HOST = /(^|\.)login[.-]/;

/** Recognises APIs and portals of Microsoft. They have metadata of their own or none and never that of a tenant. */
function otherService(instance: string): string | undefined {
  const hostname = URL.canParse(instance) ? new URL(instance).hostname : '';
  if (hostname.endsWith('.onmicrosoft.com')) return `${ENTRA}, because ${hostname} is the name of a tenant`;
  const service = SIGN_IN_HOST.test(hostname) ? undefined : microsoftServiceOf(hostname);
  return service && `${ENTRA}, such as https://login.microsoftonline.com, because ${hostname} is ${service}`;
}

/** Hosts that occur in issuers only. Copied from a token into the settings, they lead to no usable metadata. */
function issuerAsInstance(instance: string): string | undefined {
  const hostname = URL.canParse(instance) ? new URL(instance).hostname : '';
  if (hostname === 'sts.windows.net') {
    return 'https://login.microsoftonline.com, or https://login.microsoftonline.us for the US Government cloud, because sts.windows.net is only the issuer of v1.0 tokens';
  }
  if (hostname !== 'sts.chinacloudapi.cn') return undefined;
  return 'https://login.partner.microsoftonline.cn, because sts.chinacloudapi.cn is only the issuer of v1.0 tokens';
}
