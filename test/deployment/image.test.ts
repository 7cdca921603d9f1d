import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { project } from '../support/built-project.js';
import { freePorts, outputOf, until } from '../support/command.js';
import { openSuperuser } from '../support/database.js';
import { withManagedIdentity } from '../support/network/managed-identity.js';
import { type Image, layOut, NONROOT, readImage } from './image.js';
import { manifests } from './manifests.js';

// `npm run test:image` runs the build stage as it is written, with its `npm ci`.
const asWritten = process.env.IMAGE_TEST === 'as-written';

const name = `image_${randomUUID().replaceAll('-', '')}`;
/** Folder of the image with the package for `DATABASE_AUTH=entra`, as the page on Azure builds it. */
const IDENTITY_IMAGE = 'with-identity';
let folder: string;
let image: Image;
let emulator: Emulator;
let settings: Record<string, string>;

beforeAll(async () => {
  const { ownerUrl, runtimeUrl } = inject('postgres');
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-image-'));
  [image, emulator] = await Promise.all([
    readImage(),
    startEmulator(emulatorSettings),
    layOut(folder, { asWritten }),
    layOut(join(folder, IDENTITY_IMAGE), { asWritten, added: '@azure/identity' }),
  ]);
  await superuser(`create database ${name} owner ${new URL(ownerUrl).username}`);
  settings = {
    ...image.environment,
    // The look-alike of Entra has no certificate, which production would insist on.
    NODE_ENV: 'test',
    ...settingsOf(emulator),
    DATABASE_URL: inDatabase(runtimeUrl),
    DATABASE_MIGRATION_URL: inDatabase(ownerUrl),
    PORT: String(await freePorts()),
    SHUTDOWN_DELAY_SECONDS: '0',
  };
}, 600_000);
afterAll(async () => {
  await superuser(`drop database ${name} with (force)`);
  await emulator.close();
  await rm(folder, { recursive: true, force: true });
});

it('migrates with a managed identity, serves, is found healthy and ends in order, as a user who can write nothing', {
  timeout: 120_000,
}, async () => {
  await withManagedIdentity(new URL(inject('postgres').ownerUrl).password, async (identity) => {
    const addresses = {
      DATABASE_URL: withoutPassword(settings.DATABASE_URL),
      DATABASE_MIGRATION_URL: withoutPassword(settings.DATABASE_MIGRATION_URL),
    };
    const migration = run(
      argumentsOf('migration-job.yaml'),
      { ...settings, ...addresses, ...identity, DATABASE_AUTH: 'entra' },
      IDENTITY_IMAGE,
    );
    expect(await migration.exited, migration.output()).toBe(0);
  });

  const server = run(argumentsOf('deployment.yaml'));
  const isReady = async () =>
    (await fetch(`http://127.0.0.1:${settings.PORT}/readyz`).catch(() => undefined))?.ok === true;
  await until(isReady, server.output);
  expect(await run(image.healthCheck.slice(1)).exited).toBe(0);
  server.signal('SIGTERM');
  expect(await server.exited, server.output()).toBe(0);
  expect(await run(image.healthCheck.slice(1)).exited).toBe(1);
});

it('names the settings that are missing', async () => {
  const server = run(image.command, image.environment);
  expect(await server.exited).toBe(1);
  expect(server.output()).toContain('DATABASE_URL');
});

it('starts Node without a shell or npm in between', () => {
  expect(image.command).toEqual(['dist/main.js', 'start']);
  expect(image.healthCheck[0]).toBe('/nodejs/bin/node');
});

it('copies nothing to the daemon but what the build needs', async () => {
  const lines = (await readFile(join(project, '.dockerignore'), 'utf8')).trim().split('\n');
  expect(lines[0]).toBe('*');
  expect(lines.slice(1).every((line) => line.startsWith('!'))).toBe(true);
  expect(lines).not.toContain('!.env');
});

/** Runs Node in the folder of an image, as its user where this process may choose one. */
function run(words: readonly string[], environment = settings, ofImage = '') {
  const user = process.getuid?.() === 0 ? { uid: NONROOT, gid: NONROOT } : {};
  const child = spawn(process.execPath, words, { cwd: join(folder, ofImage, 'root'), env: environment, ...user });
  const output = outputOf(child);
  return {
    output,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    exited: once(child, 'close').then(([code]: (number | null)[]) => code),
  };
}

/** Returns what Kubernetes passes to Node, which is the image's entry point. */
function argumentsOf(manifest: string): readonly string[] {
  return manifests.get(manifest)?.spec.template?.spec.containers[0].args ?? expect.fail(`${manifest} has no pods`);
}

async function superuser(statement: string): Promise<void> {
  const client = await openSuperuser(inject('postgres'));
  await client.query(statement).finally(() => client.end());
}

function withoutPassword(url = ''): string {
  return Object.assign(new URL(url), { password: '' }).href;
}

function inDatabase(url: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
