import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { freePorts, outputOf, until } from '../support/command.js';
import { startConnectProxy } from '../support/network/connect-proxy.js';
import { startProxiedAuthority } from '../support/network/proxied-authority.js';
import { installPackedPackage, type PackedPackage } from '../support/processes/packed-package.js';
import { createKey, delegatedClaims, ids, signToken } from '../support/tenant.js';

const shell = promisify(execFile);
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
let installed: PackedPackage;
let emulator: Emulator;

beforeAll(async () => {
  [installed, emulator] = await Promise.all([installPackedPackage(), startEmulator(emulatorSettings)]);
});
afterAll(() => Promise.all([installed?.remove(), emulator?.close()]));

describe('the packed package', () => {
  it('has every entry of "exports", with types, and none needs a development dependency', async () => {
    const root = join(installed.folder, 'node_modules', 'entra-graphql');
    const entries = Object.entries(installed.manifest.exports).filter(([, target]) => typeof target === 'object');
    for (const [, target] of entries) {
      for (const file of Object.values(target ?? {})) expect(existsSync(join(root, file))).toBe(true);
    }
    const names = entries.map(([name]) => name.replace(/^\./, 'entra-graphql'));
    await writeFile(
      join(installed.folder, 'load.mjs'),
      'for (const name of process.argv.slice(2)) await import(name);',
    );
    await shell(process.execPath, ['load.mjs', ...names], { cwd: installed.folder });
  });

  it('is built when it is packed, and not when its dependencies are installed', () => {
    const scripts = Object.keys(installed.manifest.scripts);
    expect(scripts.filter((name) => /^(prepack|((pre|post)?(install|prepare)))$/.test(name))).toEqual(['prepack']);
  });

  it('has the emulator, https included, without a development dependency', async () => {
    const script = `
      import { startEmulator } from 'entra-graphql/emulator';
      const emulator = await startEmulator({ ...${JSON.stringify(emulatorSettings)}, https: true });
      console.log(emulator.instance);
      await emulator.close();`;
    await writeFile(join(installed.folder, 'emulate.mjs'), script);
    const { stdout } = await shell(process.execPath, ['emulate.mjs'], { cwd: installed.folder });
    expect(stdout).toMatch(/^https:/);
  });

  it('has the command, which names its settings', async () => {
    const main = join('node_modules', 'entra-graphql', 'dist', 'main.js');
    const { code, stderr } = await shell(process.execPath, [main, 'start'], {
      cwd: installed.folder,
      env: { PATH: process.env.PATH },
    }).catch((error) => error);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ENTRA_TENANT_ID: missing') });
  });

  it('loads neither what only development needs, nor the client for proxies, to start', async () => {
    const coverage = join(installed.folder, 'coverage');
    const main = join('node_modules', 'entra-graphql', 'dist', 'main.js');
    // It ends for want of settings, with everything loaded that a server imports.
    await shell(process.execPath, [main, 'start'], {
      cwd: installed.folder,
      env: { PATH: process.env.PATH, NODE_V8_COVERAGE: coverage },
    }).catch(() => undefined);
    const [report = ''] = await readdir(coverage);
    const { result }: { result: { url: string }[] } = JSON.parse(await readFile(join(coverage, report), 'utf8'));
    const loaded = result.map(({ url }) => url);
    expect(loaded).toContainEqual(expect.stringContaining('/dist/app.js'));
    const needless =
      /\/dist\/(emulator|database\/embedded|expenses\/sample-data)\/|\/node_modules\/(undici|selfsigned)\//;
    expect(loaded.filter((url) => needless.test(url))).toEqual([]);
  });

  it('has tests of rules, which run as the page about them has them', async () => {
    const page = await readFile(new URL('../../docs/testing-rules.md', import.meta.url), 'utf8');
    const [, test = ''] = /```js\n\/\/ test\/rules\.test\.mjs\n([^`]*`[^`]*`[^`]*)```/.exec(page) ?? [];
    const run = async (text: string) => {
      await writeFile(join(installed.folder, 'rules.test.mjs'), text);
      const words = ['--test', '--test-reporter=spec', 'rules.test.mjs'];
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { stdout } = await shell(process.execPath, words, { cwd: installed.folder, env }).catch((error) => error);
      return stdout;
    };
    expect(await run(test)).toMatch(/pass 9\D(?:.*\n)*.*fail 0\D/);
    const wrong = test.replace("nina: 'partial: Note.secret (role Notes.Keeper)'", "nina: 'allowed'");
    const failed = page.match(/^nina: read secrets\n.*\n.*$/m)?.[0] ?? 'no example';
    expect((await run(wrong)).replaceAll(/\n\s+/g, '\n')).toContain(failed.replaceAll(/\n\s+/g, '\n'));
  });

  it('makes a project whose types are right', async () => {
    for (const tool of ['vitest', '@types']) await installed.link(tool);
    const main = join('node_modules', 'entra-graphql', 'dist', 'main.js');
    await shell(process.execPath, [main, 'init', 'my-api', '--resource', 'invoice'], { cwd: installed.folder });
    const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
    const { stdout } = await shell(process.execPath, [tsc], { cwd: join(installed.folder, 'my-api') }).catch(
      (error) => error,
    );
    expect(stdout).toBe('');
  });

  it('has the documentation that refusals name, and neither sources nor tests', () => {
    const root = join(installed.folder, 'node_modules', 'entra-graphql');
    const names = ['docs/token-errors.md', 'src', 'test', 'tsconfig.json'];
    expect(names.filter((name) => existsSync(join(root, name)))).toEqual(['docs/token-errors.md']);
  });
});

/** Runs an example while `use` calls it at its address. */
async function withExample(
  name: string,
  settings: string | Record<string, string>,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const port = await freePorts();
  await copyFile(join(examples, name), join(installed.folder, name));
  const example = spawn(process.execPath, [name], {
    cwd: installed.folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      ENTRA_TENANT_ID: emulatorSettings.tenants[0].id,
      ENTRA_CLIENT_ID: emulatorSettings.api.clientId,
      ...(typeof settings === 'string' ? { ENTRA_INSTANCE: settings } : settings),
    },
  });
  const exited = once(example, 'close');
  const output = outputOf(example);
  const address = `http://127.0.0.1:${port}/`;
  try {
    await until(
      () =>
        fetch(address).then(
          () => true,
          () => false,
        ),
      output,
    );
    await use(address);
  } finally {
    example.kill('SIGKILL');
    await exited;
  }
}

describe.each(['node-http.mjs', 'express.mjs'])('the example %s', (name) => {
  beforeAll(async () => {
    if (name === 'express.mjs') await installed.link('express');
  });

  it('is short', async () => {
    const lines = (await readFile(join(examples, name), 'utf8')).split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThan(15);
  });

  it('greets the caller of a good token and anonymous clients, and refuses bad tokens', {
    timeout: 60_000,
  }, async () => {
    await withExample(name, emulator.instance, async (address) => {
      const call = async (authorization?: string) => {
        const response = await fetch(address, authorization ? { headers: { authorization } } : {});
        const challenge = response.headers.get('www-authenticate');
        return { status: response.status, challenge, text: await response.text() };
      };
      const bearer = async (options = {}) => `Bearer ${await emulator.issueAccessToken('erin', options)}`;

      expect(await call()).toMatchObject({ status: 200, text: 'Hello stranger\n' });
      expect(await call(await bearer())).toMatchObject({
        status: 200,
        text: expect.stringMatching(/^Hello [\da-f-]{36}\n/),
      });
      const refusals = [await bearer({ expiresInSeconds: -600 }), `${await bearer()}x`, 'Bearer not-a-token'];
      for (const refused of refusals) {
        expect(await call(refused)).toMatchObject({
          status: 401,
          challenge: expect.stringContaining('error="invalid_token"'),
        });
      }
      const unable = await call(await bearer({ claims: { scp: undefined } }));
      expect(unable).toMatchObject({ status: 403, challenge: expect.stringContaining('error="insufficient_scope"') });
      expect(await call('Basic eDp5')).toMatchObject({ status: 401, challenge: expect.stringMatching(/^Bearer/) });
    });
  });

  it('says 503, not 401, when it cannot have the keys', async () => {
    await withExample(name, `http://127.0.0.1:${await freePorts()}`, async (address) => {
      const authorization = `Bearer ${await emulator.issueAccessToken('erin')}`;
      const response = await fetch(address, { headers: { authorization } });
      expect({ status: response.status, retry: Number(response.headers.get('retry-after')) }).toEqual({
        status: 503,
        retry: expect.any(Number),
      });
    });
  });
});

describe('the example behind-a-proxy.mjs', () => {
  const key = createKey();
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = delegatedClaims({ iat: nowSeconds - 60, nbf: nowSeconds - 60, exp: nowSeconds + 600 });
  const authorization = `Bearer ${signToken(key, { typ: 'JWT', alg: 'RS256', kid: key.kid }, claims)}`;
  const ask = async (address: string) => {
    const response = await fetch(address, { headers: { authorization } });
    return { status: response.status, text: await response.text() };
  };
  const tenant = { ENTRA_TENANT_ID: ids.tenant, ENTRA_CLIENT_ID: ids.api };

  it('is short', async () => {
    const lines = await readFile(join(examples, 'behind-a-proxy.mjs'), 'utf8');
    expect(lines.split('\n').filter((line) => line.trim() !== '').length).toBeLessThan(15);
  });

  it('knows callers where Entra can only be reached through a proxy', async () => {
    const { proxy, certificateFile, close } = await startProxiedAuthority(key);
    const settings = { ...tenant, HTTPS_PROXY: proxy.address, NODE_EXTRA_CA_CERTS: certificateFile };
    await withExample('behind-a-proxy.mjs', settings, async (address) => {
      expect(await ask(address)).toEqual({ status: 200, text: `Hello ${claims.oid}\n` });
    });
    await close();
    expect(new Set(proxy.asked)).toEqual(new Set(['login.microsoftonline.com:443']));
  });

  it('says 503 where the proxy lets nothing through', async () => {
    const proxy = await startConnectProxy();
    await withExample('behind-a-proxy.mjs', { ...tenant, HTTPS_PROXY: proxy.address }, async (address) => {
      expect(await ask(address)).toMatchObject({ status: 503 });
    });
    await proxy.close();
  });
});

describe('the examples of an Apollo Server', () => {
  const linesOf = async (name: string) =>
    (await readFile(join(examples, name), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('//'));

  it('differ in few lines, those that are marked', async () => {
    const [before, after] = await Promise.all([linesOf('apollo-server-unprotected.mjs'), linesOf('apollo-server.mjs')]);
    const isMarked = (line: string) => /(?:\/\/|#) \+$/.test(line);
    const kept = after.filter((line) => !isMarked(line));
    expect(after.filter(isMarked)).toHaveLength(13);
    expect(kept).toEqual(before.filter((line) => kept.includes(line)));
    // What went was changed: the price, the type Query, the server.
    expect(before.length - kept.length).toBe(3);
  });

  it('the one that is not protected gives everybody everything', async () => {
    await withExample('apollo-server-unprotected.mjs', emulator.instance, async (address) => {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ books { price } }' }),
      });
      expect(await response.json()).toEqual({ data: { books: [{ price: 1200 }, { price: 900 }] } });
    });
  });
});

it('the example apollo-server.mjs decides fields', async () => {
  await withExample('apollo-server.mjs', emulator.instance, async (address) => {
    const ask = async (query: string, claims?: Record<string, unknown>) => {
      const authorization = claims && `Bearer ${await emulator.issueAccessToken('erin', { claims })}`;
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({ query }),
      });
      const { data, errors } = JSON.parse(await response.text());
      return { status: response.status, data, code: errors?.[0].extensions.code };
    };
    const reader = { scp: 'Books.Read' };
    expect(await ask('{ books { title } }')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await ask('{ books { title } }', reader)).toMatchObject({
      status: 200,
      data: { books: [{ title: 'The Awakening' }, { title: 'City of Glass' }] },
    });
    expect(await ask('{ books { title price } }', reader)).toMatchObject({ status: 200, code: 'FORBIDDEN' });
  });
});

describe('the example from-graphql-shield.mjs', () => {
  it('decides the same after each step, and says why after the first', async () => {
    await copyFile(join(examples, 'from-graphql-shield.mjs'), join(installed.folder, 'from-graphql-shield.mjs'));
    const script = `
      import { execute, parse } from 'graphql';
      import { steps } from './from-graphql-shield.mjs';
      const user = (scopes, roles = []) => ({
        kind: 'delegated', scopes: new Set(scopes), roles: new Set(roles), authContexts: new Set() });
      const job = { kind: 'app-only', permissions: new Set(['Books.Read.All']) };
      const callers = [undefined, user([]), user(['Books.Read']), user(['Books.Read'], ['Books.Buyer']), job];
      const document = parse('{ books { title price } }');
      for (const createSchema of Object.values(steps)) {
        const ask = (caller) => execute({ schema: createSchema(), document, contextValue: { caller } });
        const answers = await Promise.all(callers.map(ask));
        console.log(JSON.stringify(answers.map(({ data, errors = [] }) => ({
          data, codes: errors.map(({ extensions }) => extensions.code), messages: errors.map(({ message }) => message) }))));
      }`;
    await writeFile(join(installed.folder, 'steps.mjs'), script);
    const { stdout } = await shell(process.execPath, ['steps.mjs'], { cwd: installed.folder });
    const answers: { data: unknown; codes: string[]; messages: string[] }[][] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const expected = [
      { data: { books: null }, codes: ['UNAUTHENTICATED'] },
      { data: { books: null }, codes: ['FORBIDDEN'] },
      { data: { books: [{ title: 'City of Glass', price: null }] }, codes: ['FORBIDDEN'] },
      { data: { books: [{ title: 'City of Glass', price: 900 }] }, codes: [] },
      { data: { books: [{ title: 'City of Glass', price: null }] }, codes: ['FORBIDDEN'] },
    ];
    expect(answers.map((step) => step.map(({ data, codes }) => ({ data, codes })))).toEqual(Array(4).fill(expected));
    const buyer = answers.map((step) => step[2]?.messages[0]);
    expect(buyer.slice(1)).toEqual(Array(3).fill('You may not use Book.price. It needs role Books.Buyer.'));
  });
});

describe('the examples of an Apollo Server in other servers', () => {
  const secret = { query: '{ hello secret }' };
  const reader = () => emulator.issueAccessToken('erin', { claims: { scp: 'Books.Read' } });
  const granted = { data: { hello: 'Hello', secret: 'a secret' } };

  it.each([
    ['apollo-express.mjs', ['express', '@as-integrations/express5']],
    ['apollo-fastify.mjs', ['@as-integrations/fastify']],
  ])('%s knows callers', async (name, packages) => {
    for (const needed of packages) await installed.link(needed).catch(() => undefined);
    await withExample(name, emulator.instance, async (address) => {
      const ask = async (authorization?: string) => {
        const response = await fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
          body: JSON.stringify(secret),
        });
        return { status: response.status, body: JSON.parse(await response.text()) };
      };
      expect(await ask(`Bearer ${await reader()}`)).toEqual({ status: 200, body: granted });
      expect(await ask()).toMatchObject({ status: 200, body: { data: { hello: 'Hello', secret: null } } });
      expect(await ask('Bearer not-a-token')).toMatchObject({ status: 401 });
    });
  });

  it.each([
    ['apollo-nextjs.mjs', 'POST'],
    ['apollo-azure-functions.mjs', 'handler'],
  ])('%s knows callers', async (name, handler) => {
    await copyFile(join(examples, name), join(installed.folder, name));
    const script = `
      const { ${handler}: handle } = await import('./${name}');
      for (const authorization of [process.env.TOKEN, '', 'Bearer not-a-token']) {
        const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
        const request = new Request('http://localhost/graphql', { method: 'POST', headers, body: process.env.BODY });
        const { status, body } = await handle(request);
        console.log(JSON.stringify({ status, body: JSON.parse(await new Response(body).text()) }));
      }
      process.exit();`;
    await writeFile(join(installed.folder, 'handle.mjs'), script);
    const { stdout } = await shell(process.execPath, ['handle.mjs'], {
      cwd: installed.folder,
      env: {
        PATH: process.env.PATH,
        ...settingsOf(emulator),
        TOKEN: `Bearer ${await reader()}`,
        BODY: JSON.stringify(secret),
      },
    });
    const [known, anonymous, refused] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(known).toEqual({ status: 200, body: granted });
    expect(anonymous).toMatchObject({ status: 200, body: { data: { hello: 'Hello', secret: null } } });
    expect(refused).toMatchObject({ status: 401 });
  });
});
