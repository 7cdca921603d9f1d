import { expect, it } from 'vitest';
import { hostWarning } from '../../src/development/host-warning.js';

it.each([
  '127.0.0.1',
  '127.8.9.1',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  'localhost',
  'LOCALHOST',
  'api.localhost',
])('HOST=%s reaches this machine alone, so dev does not warn', (host) => {
  expect(hostWarning(host)).toBeUndefined();
});

it.each([
  '0.0.0.0',
  '::',
  '192.168.1.4',
  'fe80::1',
  '::ffff:10.0.0.1',
  'my-laptop',
  'localhost.example.com',
  '127.0.0.1.example.com',
])('HOST=%s reaches others, so dev says that the emulator lets anybody be anybody', (host) => {
  expect(hostWarning(host)).toContain(`HOST=${host} `);
  expect(hostWarning(host)).toContain('lets anybody be anybody');
});
