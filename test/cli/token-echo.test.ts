import { describe, expect, it } from 'vitest';
import { runInTerminal } from '../support/terminal.js';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encode({ alg: 'RS256', typ: 'JWT', kid: 'one' });
const PAYLOAD = encode({ sub: 'erin', scp: 'Expenses.Read', oid: '00000000-0000-4000-8000-000000000001' });

/** What a failed command says, on both streams, and its exit code. */
async function complain(...words: string[]) {
  const { code, printed, complaints } = await runInTerminal(words);
  return { code, said: `${printed}\n${complaints}` };
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
    expect(said).toContain('<access token>');
    expect(said).not.toContain(HEADER);
    expect(said).not.toContain(PAYLOAD);
    expect(said).not.toContain('c2ln');
    expect(code).toBe(2);
  });
});

it('what only looks a little like a token is repeated', async () => {
  const { said } = await complain('token', 'inspect', '--file', 'keys/eyJ.json');
  expect(said).toContain('keys/eyJ.json');
});
