import { X509Certificate } from 'node:crypto';
import type { SigningKey } from '../../authentication/keys/signing-key.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Describes number and age of the keys: "6 keys, 3 to 412 days old". The age is that of the certificate. A young key has just
 * been announced, and an old one will soon be removed.
 *
 * @param document the key set as fetched
 */
export function describeKeys(keys: readonly SigningKey[], document: unknown, nowMs: number): string {
  const count = keys.length === 1 ? '1 key' : `${keys.length} keys`;
  const days = certificatesIn(document).map((text) => ageInDays(text, nowMs));
  const known = days.filter((age) => age !== undefined).sort((one, other) => one - other);
  const [youngest, oldest] = [known[0], known.at(-1)];
  if (youngest === undefined) return `${count} of unknown age`;
  return `${count}, ${youngest === oldest ? youngest : `${youngest} to ${oldest}`} days old`;
}

function certificatesIn(document: unknown): string[] {
  const { keys } = asRecord(document);
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((key: unknown) => {
    const { x5c } = asRecord(key);
    const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
    return typeof first === 'string' ? [first] : [];
  });
}

function ageInDays(certificate: string, nowMs: number): number | undefined {
  try {
    const { validFrom } = new X509Certificate(Buffer.from(certificate, 'base64'));
    return Math.max(0, Math.floor((nowMs - Date.parse(validFrom)) / DAY_MS));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? { ...value } : {};
}
