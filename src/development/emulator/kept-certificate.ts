import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../cli/command-failure.js';
import { createTlsCertificate, type TlsCertificate } from '../../emulator/https/tls-certificate.js';

/** The emulator's certificate and the file that users make their programs trust. */
export interface KeptCertificate extends TlsCertificate {
  readonly file: string;
  /** It was made just now, so nothing trusts it yet. */
  readonly isNew: boolean;
}

const WEEK_MS = 7 * 86_400_000;

/**
 * Returns the project's certificate for https on this machine. It is made once and kept, so that it has to be trusted once.
 * Makes a new one if it ends within a week or if its files do not belong together.
 *
 * @throws CommandError when the folder cannot be written to
 */
export async function keepTlsCertificate(projectFolder: string, nowMs = Date.now()): Promise<KeptCertificate> {
  const folder = join(projectFolder, '.entra-graphql', 'emulator');
  const file = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  const kept = await readCertificate(file, keyFile);
  if (kept && isUsable(kept, nowMs)) return { ...kept, file, isNew: false };
  const created = await createTlsCertificate(nowMs);
  await write(folder, { [keyFile]: created.key, [file]: created.cert });
  return { ...created, file, isNew: true };
}

async function readCertificate(file: string, keyFile: string): Promise<TlsCertificate | undefined> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);
  const [cert, key] = await Promise.all([read(file), read(keyFile)]);
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function isUsable({ cert, key }: TlsCertificate, nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(cert);
    return certificate.checkPrivateKey(createPrivateKey(key)) && Date.parse(certificate.validTo) - nowMs > WEEK_MS;
  } catch {
    return false;
  }
}

/** Writes each file as a whole or not at all. Only the user who runs the emulator may read the key. */
async function write(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [path, text] of Object.entries(texts)) {
      const unfinished = `${path}.${process.pid}`;
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, path);
    }
  } catch (cause) {
    throw new CommandError(
      `Cannot keep the emulator's certificate in ${folder}. Make it writable, or start with --no-https.`,
      { cause },
    );
  }
}
