import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_INPUT_BYTES } from '../../../src/cli/terminal/terminal.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import type { PersonaTokenOptions } from '../../../src/emulator/tokens/persona-token.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { freePorts, runCommand } from '../../support/command.js';
import { runInTerminal } from '../../support/terminal.js';

const { tenants, api, clients } = emulatorSettings;
const OTHER_TENANT = tenants[1].id;
let emulator: Emulator;
let environment: Record<string, string>;

beforeAll(async () => {
  emulator = await startEmulator(emulatorSettings);
  environment = {
    ENTRA_TENANT_ID: tenants[0].id,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_INSTANCE: emulator.instance,
  };
});
afterAll(() => emulator.close());
afterEach(() => emulator.setFault(undefined));

const issue = (changes: PersonaTokenOptions = {}, persona = 'erin') => emulator.issueAccessToken(persona, changes);

/** Inspects a token given on standard input; lines are joined, so that it does not matter where they were wrapped. */
async function inspect(token: string, settings: Record<string, string> = {}, ...words: string[]) {
  const result = await runInTerminal(['token', 'inspect', '-', ...words], {
    environment: { ...environment, ...settings },
    input: token,
  });
  return { ...result, text: result.printed.replaceAll(/\s+/g, ' ') };
}

/** The same of a token with these claims. */
const inspectClaims = async (claims: Record<string, unknown>, settings: Record<string, string> = {}) =>
  inspect(await issue({ claims }), settings);

describe('what people get wrong', () => {
  it('a token for Microsoft Graph, known by its header', async () => {
    const { code, printed, text } = await inspect(await issue({ header: { nonce: 'x' } }));
    expect({ code, verdict: printed.split('\n')[0] }).toEqual({
      code: 1,
      verdict: 'REFUSED  TOKEN_FOR_GRAPH (HTTP 401), docs/token-errors.md#token_for_graph',
    });
    expect(text).toContain('FAIL header nonce none: only tokens for Microsoft Graph have present');
    expect(text).toContain(`scope api://${api.clientId}/<scope name>`);
  });

  it('a token for Microsoft Graph, known by its audience', async () => {
    const { code, text } = await inspect(await issue({ audience: '00000003-0000-0000-c000-000000000000' }));
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('REFUSED TOKEN_FOR_GRAPH') });
  });

  it('an audience that differs by a slash: expected, found, version', async () => {
    const { code, text } = await inspect(await issue({ audience: `api://${api.clientId}/` }));
    expect(code).toBe(1);
    expect(text).toContain(`FAIL aud ${api.clientId} or "api://${api.clientId}/"`);
    expect(text).toContain('in a token of version "2.0"');
    expect(text).toContain('Add this spelling to ENTRA_AUDIENCES');
  });

  it('a v1.0 token where only v2.0 is accepted: the setting, and whose manifest', async () => {
    const { code, text } = await inspect(await issue({ version: 1 }), { ENTRA_ACCEPT_V1_TOKENS: 'false' });
    expect(code).toBe(1);
    expect(text).toContain('REFUSED VERSION_1_NOT_ACCEPTED');
    expect(text).toContain("Set requestedAccessTokenVersion to 2 in the manifest of the API's app registration");
  });

  it('the placeholder of the metadata as an issuer', async () => {
    const { code, text } = await inspectClaims({ iss: `${emulator.instance}/{tenantid}/v2.0` });
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('{tenantid} is a placeholder') });
  });

  it('another tenant: which are allowed, and where to add one', async () => {
    const { code, text } = await inspectClaims(
      { tid: OTHER_TENANT },
      { ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: tenants[0].id },
    );
    expect(code).toBe(1);
    expect(text).toContain(`FAIL tid ${tenants[0].id} "${OTHER_TENANT}"`);
    expect(text).toContain('ENTRA_ALLOWED_TENANTS');
  });

  it('an ID token', async () => {
    const { code, text } = await inspectClaims({ nonce: 'x', at_hash: 'y' });
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('REFUSED ID_TOKEN') });
    expect(text).toContain('has nonce, at_hash');
  });

  it('neither scp nor roles: permission and consent', async () => {
    const { code, text } = await inspect(await issue({ claims: { roles: undefined } }, 'export-job'));
    expect(code).toBe(1);
    expect(text).toContain('REFUSED NO_PERMISSIONS (HTTP 403)');
    expect(text).toContain('with admin consent');
  });

  it('an application that is let in without any permission', async () => {
    const token = await issue({ claims: { roles: undefined } }, 'export-job');
    const { code, text } = await inspect(token, { ENTRA_CLIENTS_WITHOUT_PERMISSIONS: clients[1].clientId });
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('Note: This client is let in without') });
  });

  it('a key rollover: the new key is found', async () => {
    await emulator.rotateKeys();
    expect((await inspect(await issue())).code).toBe(0);
  });

  it('an outage of the key endpoint gives no verdict: exit code 2, and how long keys last', async () => {
    const token = await issue();
    emulator.setFault({ at: 'keys', kind: 'answer', status: 503 });
    const written = vi.spyOn(console, 'warn').mockReturnValue();
    const { code, text } = await inspect(token);
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
    expect(code).toBe(2);
    expect(text).toContain('NOT JUDGED SIGNING_KEYS_UNAVAILABLE (HTTP 503)');
    expect(text).toContain('status 503');
    expect(text).toContain('24 hours');
    expect(text).toContain('Not looked at: iss, signing key, signature');
    expect(text).not.toContain('FAIL');
  });

  it('an outage beside a fault of the token is said once', async () => {
    const token = await issue({ claims: { aud: 'api://other' } });
    emulator.setFault({ at: 'keys', kind: 'answer', status: 503 });
    const { code, text } = await inspect(token);
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('REFUSED AUDIENCE_MISMATCH') });
    expect(text.match(/status 503/g)).toHaveLength(1);
    expect(text).toContain('iss, signing key, signature (SIGNING_KEYS_UNAVAILABLE): This server could not read');
  });

  it('a key that the authority does not know: it locks no user out, and may be a key of the app', async () => {
    const bad = await inspect(await issue({ header: { kid: 'unknown' } }));
    expect({ code: bad.code, text: bad.text }).toEqual({
      code: 1,
      text: expect.stringContaining('REFUSED SIGNING_KEY_UNKNOWN'),
    });
    expect(bad.text).toContain('?appid=');
    expect((await inspect(await issue())).code).toBe(0);
  });

  it('keys of Entra name no alg: RS256 is bound here', async () => {
    const { code, text } = await inspect(await issue({ header: { alg: 'HS256' } }));
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('FAIL alg RS256; bound here') });
  });

  it('a login page instead of keys: the address the server could not read, and the proxy in use', async () => {
    const token = await issue();
    emulator.setFault({ at: 'keys', kind: 'answer', contentType: 'text/html', body: '<html>Sign in</html>' });
    const { code, text } = await inspect(token, { HTTPS_PROXY: 'http://user:hunter2@proxy.example.com:8080' });
    expect(code).toBe(2);
    expect(text).toContain(`${emulator.instance}/${tenants[0].id}/discovery/v2.0/keys`);
    expect(text).toContain('HTML');
    expect(text).toContain('Proxy in use: HTTPS_PROXY http://...@proxy.example.com:8080');
    expect(text).not.toContain('hunter2');
  });

  it('a token that begins in the future: by how many seconds', async () => {
    const nbf = Math.floor(Date.now() / 1000) + 90;
    const { code, text } = await inspectClaims({ nbf });
    expect(code).toBe(1);
    expect(text).toMatch(/FAIL lifetime .* nbf in (8[5-9]|90) s/);
    expect(text).toContain('ENTRA_CLOCK_TOLERANCE_SECONDS');
  });

  it('groups left out because there are too many', async () => {
    const { code, text } = await inspectClaims({ _claim_names: { groups: 'src1' } });
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining('Note: The user is in too many groups') });
  });
});

describe('the inspection', () => {
  it('of an accepted token says who calls', async () => {
    const { code, printed, text } = await inspect(await issue({}, 'mia'));
    expect({ code, verdict: printed.split('\n')[0] }).toEqual({ code: 0, verdict: 'ACCEPTED' });
    expect(text).not.toContain('FAIL');
    expect(text).toMatch(
      /Caller: user \S+ of tenant .* scopes: Expenses.ReadWrite Profiles.Read; roles: Expenses.Approver/,
    );
  });

  it('names every fault, each with its fix', async () => {
    const { text } = await inspect(await issue({ audience: 'other', expiresInSeconds: -100 }));
    expect(text).toMatch(/REFUSED AUDIENCE_MISMATCH .* lifetime \(TOKEN_EXPIRED\): Get a new token/);
  });

  it('never holds the token or a part of it, in text or JSON', async () => {
    const token = await issue({ audience: 'other' });
    const results = [await inspect(token), await inspect(token, {}, '--json'), await inspect(`x${token}`)];
    for (const part of token.split('.')) {
      for (const { printed, complaints } of results) expect(printed + complaints).not.toContain(part);
    }
  });

  it('cannot be painted over by a claim', async () => {
    const { printed } = await inspect(await issue({ audience: 'x\u001b[2J\u009b2J\u202e' }));
    expect(printed).not.toMatch(/[^\P{C}\n]/u);
    expect(printed).toContain('\\u009b');
  });

  it('has no line that a name in the token begins', async () => {
    const { printed } = await inspect(await issue({ header: { 'x\nACCEPTED': 1 } }));
    expect(printed.split('\n').filter((line) => line.startsWith('ACCEPTED'))).toHaveLength(1);
    expect(printed).toContain('x ACCEPTED');
  });

  it('as JSON has the verdict, the documentation and every check', async () => {
    const { code, printed } = await inspect(await issue({ audience: 'x\u009b' }), {}, '--json');
    const inspection = JSON.parse(printed);
    expect({ code, inspection }).toEqual({
      code: 1,
      inspection: expect.objectContaining({
        accepted: false,
        code: 'AUDIENCE_MISMATCH',
        status: 401,
        documentation: 'docs/token-errors.md#audience_mismatch',
        offline: false,
        proxy: 'none',
      }),
    });
    expect(inspection.checks).toContainEqual(
      expect.objectContaining({ check: 'aud', passed: false, found: '"x\u009b"' }),
    );
  });

  it('as JSON of an accepted token has the caller', async () => {
    const { printed } = await inspect(await issue({}, 'export-job'), {}, '--json');
    expect(JSON.parse(printed)).toMatchObject({
      accepted: true,
      caller: { kind: 'app-only', permissions: ['Expenses.Read.All'] },
    });
  });
});

describe('--offline', () => {
  it('sends no request, and judges neither key nor signature', async () => {
    const asked = emulator.requests.length;
    const { code, text } = await inspect(await issue(), {}, '--offline');
    expect({ code, text }).toEqual({ code: 2, text: expect.stringContaining('Not looked at: signing key, signature') });
    expect(emulator.requests.length).toBe(asked);
  });

  it('refuses what can be seen to be wrong: the issuer too', async () => {
    const { code, text } = await inspect(
      await issue(),
      { ENTRA_INSTANCE: 'https://login.microsoftonline.com' },
      '--offline',
    );
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('REFUSED ISSUER_MISMATCH') });
  });
});

describe('where the token comes from', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'entra-graphql-inspect-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('an argument', async () => {
    expect((await runInTerminal(['token', 'inspect', await issue()], { environment })).code).toBe(0);
  });

  it('a file, with the words of the header copied along', async () => {
    const file = join(folder, 'token.txt');
    await writeFile(file, `Authorization: Bearer ${await issue()}\n`);
    expect((await runInTerminal(['token', 'inspect', '--file', file], { environment })).code).toBe(0);
  });

  it('a file that is not there: exit code 2', async () => {
    const file = join(folder, 'missing.txt');
    const { code, complaints } = await runInTerminal(['token', 'inspect', '--file', file], { environment });
    expect({ code, complaints }).toEqual({ code: 2, complaints: expect.stringContaining(file) });
  });

  it.each([[['-']], [[]], [['a', '--file', 'b']]])(
    '%j with nothing, or two, is called wrongly: exit code 2',
    async (words) => {
      const { code, printed } = await runInTerminal(['token', 'inspect', ...words], { environment, input: ' \n' });
      expect({ code, printed }).toEqual({ code: 2, printed: '' });
    },
  );

  it('standard input of the process, read to a bound', async () => {
    const run = (input: string) => runCommand(['token', 'inspect', '-'], tmpdir(), environment, { input }).exited;
    const [good, long] = await Promise.all([run(await issue()), run('a'.repeat(MAX_INPUT_BYTES + 1))]);
    expect(good).toMatchObject({ code: 0, output: expect.stringContaining('ACCEPTED') });
    expect(long).toMatchObject({ code: 2, output: expect.stringContaining(String(MAX_INPUT_BYTES)) });
  });
});

describe('the settings', () => {
  it('are missing, and no development server runs: exit code 2, a line for each', async () => {
    const PORT = String(await freePorts());
    const { code, complaints } = await runInTerminal(['token', 'inspect', 'x'], { environment: { PORT } });
    expect(code).toBe(2);
    expect(complaints).toMatch(/^ENTRA_TENANT_ID: .*\nENTRA_CLIENT_ID: .*\nNo development emulator answers at /m);
  });

  it('are missing: a running development emulator is taken, and named', async () => {
    const PORT = String(Number(new URL(emulator.instance).port) - 1);
    const { code, printed } = await runInTerminal(['token', 'inspect', '-'], {
      environment: { PORT },
      input: await issue(),
    });
    expect({ code, first: printed.split('\n')[0] }).toEqual({
      code: 0,
      first: expect.stringContaining(emulator.instance),
    });
  });

  it('of a real tenant are not replaced by the emulator', async () => {
    const settings = { ENTRA_CLIENT_ID: api.clientId, PORT: String(Number(new URL(emulator.instance).port) - 1) };
    expect((await runInTerminal(['token', 'inspect', 'x'], { environment: settings })).code).toBe(2);
  });

  it('the emulator is not taken with NODE_ENV=production', async () => {
    const PORT = String(Number(new URL(emulator.instance).port) - 1);
    const settings = { PORT, NODE_ENV: 'production' };
    expect((await runInTerminal(['token', 'inspect', await issue()], { environment: settings })).code).toBe(2);
  });
});
