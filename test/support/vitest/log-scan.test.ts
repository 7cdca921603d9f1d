import { afterEach, expect, it } from 'vitest';
import { createTenant, ids } from '../tenant.js';
import { findLeaks, noteLogLine, noteTokens } from './log-scan.js';

const tenant = createTenant();
const token = tenant.signAccessToken({ claims: { email: 'erin.scan@example.com', extn: { room: ['Room 3.12'] } } });

afterEach(() => void findLeaks());

it('the scan of logs finds claims of tokens, at any depth, and tokens', () => {
  noteTokens(`Bearer ${token}`);
  noteLogLine('{"msg":"hello erin.scan@example.com"}');
  noteLogLine('{"msg":"in Room 3.12"}');
  noteLogLine(`{"msg":"${token}"}`);
  const leaks = findLeaks();
  expect(leaks).toContain('email: erin.scan@example.com');
  expect(leaks).toContain('extn: Room 3.12');
  expect(leaks.some((leak) => leak.startsWith('eyJ'))).toBe(true);
  expect(findLeaks()).toEqual([]);
});

it('the scan of logs finds short claims under their own names, and no other text that is like them', () => {
  noteTokens(tenant.signAccessToken({ claims: { pin: '4711', nick: 'post' } }));
  noteLogLine('{"method":"post","pin":"4711"}');
  expect(findLeaks()).toEqual(['pin: 4711']);
});

it('the scan of logs leaves out the five ids', () => {
  noteTokens(token);
  noteLogLine(JSON.stringify({ oid: ids.user, tid: ids.tenant, client: ids.client, uti: 'tokenIdOfErin' }));
  expect(findLeaks()).toEqual([]);
});
