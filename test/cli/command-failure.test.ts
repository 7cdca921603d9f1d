import { expect, it } from 'vitest';
import { describeCommandFailure, toListenError } from '../../src/cli/command-failure.js';
import { ConfigError } from '../../src/config/config.js';

const systemError = (details: object) => Object.assign(new Error('failed'), details);

it.each([
  [{ code: 'EADDRINUSE', port: 4000 }, /^Port 4000 is already in use\. .* PORT=/],
  [{ code: 'EACCES', port: 80 }, /^This process may not listen on port 80 \(EACCES\)\. .* PORT=/],
  [{ code: 'EPERM', port: 80 }, /^This process may not listen on port 80 \(EPERM\)\. .* PORT=/],
  [{ code: 'EADDRNOTAVAIL', address: '192.0.2.1' }, /^HOST: .* 192\.0\.2\.1 \(EADDRNOTAVAIL\)\. Give an address/],
  [{ code: 'EAFNOSUPPORT', address: '::1' }, /^HOST: .* ::1 \(EAFNOSUPPORT\)\. Give an address/],
])('an address on which nothing can listen gets one line of advice: %o', (details, line) => {
  const told = describeCommandFailure(systemError({ syscall: 'listen', ...details }));
  expect(told).toMatch(line);
  expect(told).not.toContain('\n');
});

it('a name in HOST without an address gets one line of advice', () => {
  const error = toListenError(systemError({ syscall: 'getaddrinfo', code: 'EAI_AGAIN' }), 'nohost.invalid');
  expect(describeCommandFailure(error)).toMatch(
    /^HOST: the name nohost\.invalid cannot be looked up \(EAI_AGAIN\)\. Give/,
  );
});

it.each([[systemError({ syscall: 'connect', code: 'EACCES' })], [new TypeError('a mistake in the code')]])(
  'any other error keeps its stack: %s',
  (error) => {
    expect(toListenError(error, 'localhost')).toBe(error);
    expect(describeCommandFailure(error)).toBe(error.stack);
  },
);

it.each([
  [['PORT: got "a"; expected a whole number'], /^A setting is missing or wrong:\nPORT: /],
  [['PORT: got "a"', 'HOST: got "b"'], /^2 settings are missing or wrong:\nPORT: got "a"\nHOST: got "b"$/],
])('settings are counted once, before a line for each: %o', (problems, text) => {
  expect(describeCommandFailure(new ConfigError(problems))).toMatch(text);
});
