import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepTlsCertificate } from '../../../src/development/emulator/kept-certificate.js';
import { createTlsCertificate } from '../../../src/emulator/https/tls-certificate.js';

const DAY_MS = 86_400_000;

describe('the certificate of a project', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'entra-graphql-certificate-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is made once', async () => {
    const first = await keepTlsCertificate(folder);
    const second = await keepTlsCertificate(folder);
    expect([first.isNew, second.isNew, second.cert, second.key]).toEqual([true, false, first.cert, first.key]);
  });

  it('has a key that only its user can read', async () => {
    const { file } = await keepTlsCertificate(folder);
    const { mode } = await stat(join(dirname(file), 'key.pem'));
    expect(mode & 0o077).toBe(0);
  });

  it.each([
    [791, false],
    [794, true],
  ])('after %i days is made anew: %s', async (days, isNew) => {
    const first = await keepTlsCertificate(folder);
    const later = await keepTlsCertificate(folder, Date.now() + days * DAY_MS);
    expect([later.isNew, later.cert !== first.cert]).toEqual([isNew, isNew]);
  });

  it.each([
    ['empty', async () => ''],
    ['half', async () => '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['that of another key', async () => (await createTlsCertificate()).cert],
  ])('is made anew when its file is %s', async (_what, content) => {
    const { file } = await keepTlsCertificate(folder);
    await writeFile(file, await content());
    const mended = await keepTlsCertificate(folder);
    expect([mended.isNew, new X509Certificate(mended.cert).subject]).toEqual([
      true,
      'CN=Entra emulator on this machine',
    ]);
  });

  it('says what to do when its folder cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await chmod(file, 0o400);
    await expect(keepTlsCertificate(file)).rejects.toThrow(/Make it writable, or start with --no-https/);
  });
});
