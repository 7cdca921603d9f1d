import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4096;

/**
 * Creates the text that PostgreSQL stores of a password. Its form is
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` in base64 (RFC 5802 s.3, RFC 7677, PostgreSQL's pg_authid).
 * Logging in takes the password and is not possible with this text.
 */
export function createScramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const saltedPassword = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', saltedPassword).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', saltedPassword).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
