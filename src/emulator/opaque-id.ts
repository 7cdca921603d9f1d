import { randomBytes } from 'node:crypto';

/** 256 random bits as text: codes, refresh tokens and whatever else nobody may guess. */
export function createOpaqueId(): string {
  return randomBytes(32).toString('base64url');
}
