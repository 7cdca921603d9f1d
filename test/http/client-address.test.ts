import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { clientAddress, createTrustProxy, parseAddress } from '../../src/http/client-address.js';

/** A request as Fastify gives it: without trusted proxies it has no `ips`. */
function requestFrom(ip: string | undefined, ips?: string[]) {
  return { ip, ips } as Parameters<typeof clientAddress>[0];
}

describe('the address of a client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:443', '192.0.2.1'],
    ['  192.0.2.1\t', '192.0.2.1'],
    ['[192.0.2.1]:443', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6:443', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0000:0000:0000:0006', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::6]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::6]:443', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['[fe80::1%25eth0]:443', 'fe80::/64'],
    ['::1', '::/64'],
  ])('%j is %s', (written, address) => {
    expect(clientAddress(requestFrom(written))).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    '',
    ':',
    '[',
    '[]',
    '[]:80',
    '[::1',
    '%',
    '%eth0',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '0x7f.1',
    '2130706433',
    '256.1.1.1',
    'localhost',
    '1.2.3.4, 5.6.7.8',
    '__proto__',
    `${'1'.repeat(200)}.1.1.1`,
  ])('%j is not an address', (written) => {
    expect(parseAddress(written)).toBeUndefined();
    expect(clientAddress(requestFrom(written))).toBe('unknown');
  });

  it('is read up to the bound of its length, and not beyond', () => {
    const longest = 'fe80::1%'.padEnd(defaultLimits.addressLength, 'e');
    expect(clientAddress(requestFrom(longest))).toBe('fe80::/64');
    expect(clientAddress(requestFrom(`${longest}e`))).toBe('unknown');
  });

  it('is that of the last proxy with an address when a trusted proxy reports something else', () => {
    expect(clientAddress(requestFrom('unknown', ['10.0.0.1', '10.0.0.2:80', 'unknown']))).toBe('10.0.0.2');
  });

  it('is unknown once the connection is gone', () => {
    expect(clientAddress(requestFrom(undefined))).toBe('unknown');
  });

  it('is the same with and without a port', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(addresses, fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const withPort = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
        expect(clientAddress(requestFrom(withPort))).toBe(clientAddress(requestFrom(address)));
        expect(clientAddress(requestFrom(withPort.toUpperCase()))).toBe(clientAddress(requestFrom(address)));
      }),
    );
  });

  it('is an address or unknown whatever text comes', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:[]%/, ') }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(clientAddress(requestFrom(text))).toMatch(/^(?:unknown|[\d.]{7,15}|[\da-f:]{2,21}\/64)$/);
      }),
    );
  });
});

describe('a trusted proxy', () => {
  const isTrusted = createTrustProxy(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120']);

  it.each([
    '10.255.0.1',
    '10.0.0.1:8080',
    '::ffff:10.0.0.1',
    '192.0.2.7',
    '2001:db8:ffff::1',
    '[2001:db8::1]:443',
    '198.51.100.9',
  ])('is %s', (address) => {
    expect(isTrusted(address)).toBe(true);
  });

  it('is followed through as many as are allowed, and one more is the client', () => {
    expect(isTrusted('10.0.0.1', defaultLimits.forwardedHops)).toBe(true);
    expect(isTrusted('10.0.0.1', defaultLimits.forwardedHops + 1)).toBe(false);
  });

  it.each(['11.0.0.1', '192.0.2.8', '2001:db9::1', '198.51.101.1', '64:ff9b::10.0.0.1', 'unknown', '', undefined])(
    'is not %s',
    (address) => {
      expect(isTrusted(address)).toBe(false);
    },
  );
});
