import { expect, it } from 'vitest';
import { isHttpsOrLoopback } from '../../src/authentication/loopback.js';

it.each([
  ['https://graph.microsoft.com', true],
  ['http://127.0.0.1:4001', true],
  ['http://localhost', true],
  ['http://[::1]:4001', true],
  ['http://graph.microsoft.com', false],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://127.0.0.1@example.com', false],
  ['ftp://127.0.0.1', false],
  ['127.0.0.1:4001', false],
  ['', false],
])('%s is reached by https or within this machine: %s', (address, expected) => {
  expect(isHttpsOrLoopback(address)).toBe(expected);
});
