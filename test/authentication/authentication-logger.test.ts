import { afterEach, expect, it, vi } from 'vitest';
import { consoleLogger, describeError, silentLogger } from '../../src/authentication/authentication-logger.js';
import { DocumentError } from '../../src/authentication/fetch/bounded-fetch.js';

afterEach(() => vi.restoreAllMocks());

function watchConsole() {
  return {
    info: vi.spyOn(console, 'info').mockReturnValue(),
    warn: vi.spyOn(console, 'warn').mockReturnValue(),
    error: vi.spyOn(console, 'error').mockReturnValue(),
  };
}

it.each(['warn', 'error'] as const)('the console logger writes %s with the name of the package', (level) => {
  const written = watchConsole();
  consoleLogger[level]({ version: '2.0' }, 'signing keys could not be fetched');
  expect(written[level].mock.calls).toEqual([['entra-graphql: signing keys could not be fetched {"version":"2.0"}']]);
});

it('the console logger drops information', () => {
  const written = watchConsole();
  consoleLogger.info({ version: '2.0' }, 'signing keys refreshed');
  for (const spy of Object.values(written)) expect(spy).not.toHaveBeenCalled();
});

it('the silent logger drops everything', () => {
  const written = watchConsole();
  for (const level of ['info', 'warn', 'error'] as const) silentLogger[level]({}, 'access token refused');
  for (const spy of Object.values(written)) expect(spy).not.toHaveBeenCalled();
});

it.each([
  [
    'a document that could not be read',
    new DocumentError('https://login.example/keys', 'status 500'),
    { address: 'https://login.example/keys', reason: 'status 500', hint: expect.stringContaining('has an outage') },
  ],
  ['another error', new TypeError('a bug'), { reason: 'TypeError: a bug' }],
  ['no fetch so far', undefined, { reason: 'not fetched yet' }],
])('describes %s', (_what, error, described) => {
  expect(describeError(error)).toEqual(described);
});
