import { expect, it } from 'vitest';
import { checkResource } from '../../../src/cli/doctor/check-resource.js';

const CLIENT = 'a9100000-0000-4000-8000-000000000001';

it.each([
  ['https://api.example.com', [CLIENT, `api://${CLIENT}`], 'warn'],
  ['https://api.example.com', [CLIENT, 'https://api.example.com'], 'ok'],
  ['https://api.example.com', [CLIENT, 'https://api.example.com/'], 'warn'],
  ['http://127.0.0.1:4000', [CLIENT, `api://${CLIENT}`], 'ok'],
])('PUBLIC_URL %s with the audiences %j: %s', (publicUrl, audiences, status) => {
  const finding = checkResource(publicUrl, audiences);
  expect(finding).toMatchObject({ check: 'resource', status, seen: expect.stringContaining(publicUrl) });
  expect(finding.advice?.includes('AADSTS9010010') === true).toBe(status === 'warn');
});

it('names no App ID URI where there is none', () => {
  expect(checkResource('https://api.example.com', ['name']).seen).toContain('the App ID URI is none');
});
