import { appIdUriIn } from '../../authentication/app-id-uri.js';
import type { Finding } from './finding.js';

/**
 * Compares the address of the API with its App ID URI. A client that asks for the `resource` of the RFC 9728 document gets
 * AADSTS9010010 from Entra unless that address is an App ID URI.
 */
export function checkResource(publicUrl: string, audiences: readonly string[]): Finding {
  const appIdUri = appIdUriIn(audiences) ?? 'none';
  if (audiences.includes(publicUrl)) return { check: 'resource', status: 'ok', seen: `${publicUrl} is an App ID URI` };
  const seen = `PUBLIC_URL is ${publicUrl}, and the App ID URI is ${appIdUri}`;
  // Only this machine reaches another address, and its clients name scopes.
  if (!publicUrl.startsWith('https:')) return { check: 'resource', status: 'ok', seen };
  const advice = `A client that takes "resource" from the RFC 9728 document and asks Entra for it gets AADSTS9010010. Add ${publicUrl} as App ID URI (its domain has to be verified in the tenant) and to ENTRA_AUDIENCES, or have clients ask for ${appIdUri}/<scope>.`;
  return { check: 'resource', status: 'warn', seen, advice };
}
