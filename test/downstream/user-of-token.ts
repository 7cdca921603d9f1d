import { decodeJwt } from 'jose';
import type { DelegatedCaller } from '../../src/authentication/caller.js';
import { userCaller } from '../support/callers.js';

/** The user of an access token, without any right. */
export function userOfToken(token: string, overrides: Partial<DelegatedCaller> = {}): DelegatedCaller {
  const { tid, oid, azp } = decodeJwt(token);
  return userCaller({ tenantId: String(tid), objectId: String(oid), clientId: String(azp), ...overrides });
}
