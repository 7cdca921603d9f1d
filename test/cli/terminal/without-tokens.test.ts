import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutTokens } from '../../../src/cli/terminal/without-tokens.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { runInTerminal } from '../../support/terminal.js';

/** Returns a text that looks like a signature of so many bytes. It is the same in each run. */
function noise(bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, index) =>
    createHash('sha256').update(`block ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

const SIGNATURE = noise(256).toString('base64url');
const CLAIMS = { iss: 'https://login.example', aud: randomUUID(), scp: 'Expenses.Read' };

describe('left out is', () => {
  it.each([
    ['a signature of Entra', SIGNATURE],
    ['a signature of 64 bytes', noise(64).toString('base64url')],
    ['one that begins like an option', `-${SIGNATURE}`],
    ['a refresh token', `1.${SIGNATURE}.${noise(128).toString('base64url')}`],
    ['an opaque token in base64', noise(300).toString('base64')],
    ['padding', `${SIGNATURE}==`],
  ])('%s', (_what, secret) => {
    const text = withoutTokens(`unknown command '${secret}'`);
    expect(text).toMatch(/^unknown command '(1\.)?<access token>'$/);
  });

  it.each([
    ['none', ''],
    ['a space', ' '],
    ['a line end', '\n'],
    ['a line end and spaces', '\n  '],
    ['a line end and a tab', '\n\t'],
    ['two line ends', '\n\n'],
    ['the line end of Windows', '\r\n'],
    ['a tab', '\t'],
  ])('JSON that begins with a brace and, as white space, %s', (_what, space) => {
    const part = Buffer.from(`{${space}${JSON.stringify(CLAIMS).slice(1)}`).toString('base64url');
    expect(withoutTokens(`got ${part}.${part}.x`)).toBe('got <access token>');
    expect(withoutTokens(part)).toBe('<access token>');
  });

  it('a secret behind words, with all that is joined to it', () => {
    expect(withoutTokens(`my-token-of-the-first-of-this-month-${SIGNATURE}`)).toBe('<access token>');
    expect(withoutTokens(`/tmp/${SIGNATURE}/token.txt is no file`)).toBe('/tmp/<access token> is no file');
  });
});

it.each([
  ['a GUID', '12345678-abcd-4abc-8def-1234567890ab'],
  ['a name with a GUID and a random end', 'run-12345678-abcd-4abc-8def-1234567890ab-AbC1x2-and-more'],
  ['a key id of Entra', 'ltFvq3mI8Zl_yL4xiHyVOioVoBI'],
  ['a key id of 43 characters', 'X5eXk4xyojNFum1kl2Ytv8dlNP4-c57dO6QGTVBwaNk'],
  ['a commit', createHash('sha1').digest('hex')],
  ['a SHA-256', createHash('sha256').digest('hex')],
  ['a SHA-512', createHash('sha512').digest('hex')],
  ['a thumbprint', createHash('sha256').digest('hex').toUpperCase()],
  ['a path', '/home/Erin/my_Projects/entra-graphql-2026-11-26T17-34-00-000Z-AbC1x2/token-of-erin-at-noon.txt'],
  ['an address', `https://login.microsoftonline.com/${randomUUID()}/v2.0/.well-known/openid-configuration`],
  ['a setting', 'ENTRA_CLIENTS_WITHOUT_PERMISSIONS_AND_WITHOUT_ROLES_2'],
  ['a name of the schema', 'ExpenseReportConnectionEdgeNodeAuthorManagerReports'],
  ['another with numbers', 'OAuth2PermissionScopeV2ConsentDescriptionForAdministrators'],
  ['words that hold the beginning of a part', 'framework-of-everything eyJ.json framewo-rk-of-everything'],
])('%s is repeated', (_what, text) => {
  expect(withoutTokens(text)).toBe(text);
});

describe('a part of a token is not repeated by', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator(emulatorSettings);
  });
  afterAll(() => emulator.close());

  it.each([
    ['a command', [SIGNATURE]],
    ['token', ['token', SIGNATURE]],
    ['token issue', ['token', 'issue', SIGNATURE]],
    ['token inspect --file', ['token', 'inspect', '--file', `/tmp/${SIGNATURE}`]],
    ['permissions for', ['permissions', 'for', SIGNATURE]],
    ['permissions --format', ['permissions', '--format', SIGNATURE]],
  ])('%s', async (_where, words) => {
    const environment = { PORT: String(Number(new URL(emulator.instance).port) - 1) };
    const { code, printed, complaints } = await runInTerminal(words, { environment });
    expect(code).not.toBe(0);
    expect(complaints).toContain('<access token>');
    for (let start = 0; start + 12 <= SIGNATURE.length; start += 1)
      expect(printed + complaints).not.toContain(SIGNATURE.slice(start, start + 12));
  });
});
