import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { project } from './built-project.js';

const run = promisify(execFile);

/** It looks nothing up on the internet, and nothing is left of it when it closes. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a headless Chromium, which is installed first where it is missing.
 *
 * @param certificates PEM certificates that it trusts beside those of public authorities
 */
export async function startChromium(certificates: readonly string[] = []): Promise<Browser> {
  const { stdout } = await run('bash', [join(project, 'scripts', 'install-chromium.sh')], { timeout: 300_000 });
  const trusted = certificates.map(publicKeyHash).join(',');
  return chromium.launch({
    executablePath: stdout.trim(),
    args: [...QUIET, ...(trusted ? [`--ignore-certificate-errors-spki-list=${trusted}`] : [])],
  });
}

function publicKeyHash(certificate: string): string {
  const publicKey = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(publicKey).digest('base64');
}

/** Bundles scripts for a browser. Returns the text of each by its name, such as `app.js` for `app.mjs`. */
export async function bundleForBrowser(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { build } = await import('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-bundle-'));
  try {
    const { outputFiles } = await build({
      entryPoints: [...files],
      outdir: folder,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    });
    return new Map(outputFiles.map(({ path, text }) => [path.slice(folder.length + 1), text]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
