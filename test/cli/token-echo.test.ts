import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';
import { runInTerminal } from '../support/terminal.js';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encode({ alg: 'RS256', typ: 'JWT', kid: 'one' });
const PAYLOAD = encode({ sub: 'erin', scp: 'Expenses.Read', oid: '00000000-0000-4000-8000-000000000001' });

/** Returns the output of a failed command on both streams, and its exit code. */
async function complain(...words: string[]) {
  const { code, printed, complaints } = await runInTerminal(words);
  return { code, said: `${printed}\n${complaints}` };
}

/** Neither as a whole nor a line of it. */
function expectNoToken(text: string) {
  expect(text).toContain('<access token>');
  for (const part of [HEADER, PAYLOAD, 'c2lnc2ln'])
    for (let start = 0; start + 12 <= part.length; start += 1)
      expect(text).not.toContain(part.slice(start, start + 12));
  expect(text).not.toContain('c2lnbm');
}

describe.each([
  ['signed', `${HEADER}.${PAYLOAD}.c2lnbmF0dXJl-_`],
  ['with an empty signature', `${HEADER}.${PAYLOAD}.`],
  ['without a signature', `${HEADER}.${PAYLOAD}`],
  ['of a real length, too long for the name of a file', `${HEADER}.${PAYLOAD}.${'c2ln'.repeat(90)}`],
])('a token %s is not repeated', (_what, token) => {
  it.each([
    ['as the path of a file', ['token', 'inspect', '--file', token]],
    ['as a command of token', ['token', token]],
    ['as a command', [token]],
    ['as an option', ['token', 'inspect', `--token=${token}`]],
    ['as an option without a name', ['token', 'inspect', `-${token}`]],
    ['as a choice', ['permissions', '--format', token]],
  ])('%s', async (_place, words) => {
    const { code, said } = await complain(...words);
    expectNoToken(said);
    expect(code).toBe(2);
  });

  it.each(['NO_PROXY', 'ENTRA_AUDIENCES', 'ENTRA_TENANT_ID', 'ENTRA_ALLOWED_CLIENTS', 'LOG_LEVEL'])(
    'by doctor, as the setting %s',
    async (name) => {
      const ids = { ENTRA_TENANT_ID: randomUUID(), ENTRA_CLIENT_ID: randomUUID() };
      const addresses = { ENTRA_INSTANCE: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
      const environment = { ...ids, ...addresses, [name]: token.slice(0, 400) };
      for (const form of [[], ['--json']]) {
        expectNoToken((await runInTerminal(['doctor', ...form], { environment })).printed);
      }
    },
  );

  it('by token inspect, as a claim', async () => {
    const environment = { ENTRA_TENANT_ID: randomUUID(), ENTRA_CLIENT_ID: randomUUID() };
    const input = `${HEADER}.${encode({ aud: token, ver: '2.0' })}.c2ln`;
    for (const form of [[], ['--json']]) {
      const words = ['token', 'inspect', '--offline', '-', ...form];
      expectNoToken((await runInTerminal(words, { environment, input })).printed);
    }
  });

  it('in the last words of a process', async () => {
    const around = fileURLToPath(new URL('../support/processes/main-and-failures.mjs', import.meta.url));
    const { code, output } = await runCommand(['--help'], tmpdir(), { TOKEN: token }, { around }).exited;
    expect(output).toContain('unhandled rejection: Error: rejected with <access token>');
    expect(output).toContain('uncaught exception: Error: thrown with <access token>');
    expectNoToken(output);
    expect(code).toBe(1);
  });
});

it('what only looks a little like a token is repeated', async () => {
  const { said } = await complain('token', 'inspect', '--file', 'keys/eyJ.json');
  expect(said).toContain('keys/eyJ.json');
});
