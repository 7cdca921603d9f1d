import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { warnOfIgnoredForwarding } from '../../src/http/ignored-forwarding.js';

interface Sent {
  readonly peer?: string;
  readonly forwardedFor?: string;
}

/** The warnings after these requests. */
async function warnings(trustedProxies: readonly string[], requests: readonly Sent[]) {
  const lines: Record<string, unknown>[] = [];
  const fastify = Fastify({
    logger: { level: 'warn', stream: { write: (line) => void lines.push(JSON.parse(line)) } },
  });
  warnOfIgnoredForwarding(fastify, trustedProxies);
  for (const { peer = '10.0.0.9', forwardedFor } of requests) {
    const headers = { ...(forwardedFor !== undefined && { 'x-forwarded-for': forwardedFor }) };
    await fastify.inject({ url: '/', remoteAddress: peer, headers });
  }
  await fastify.close();
  return lines;
}

describe('the warning of an ignored X-Forwarded-For', () => {
  it('names TRUST_PROXY and the address of the proxy where the setting is missing', async () => {
    expect(await warnings([], [{ forwardedFor: '192.0.2.1' }])).toEqual([
      expect.objectContaining({
        code: 'FORWARDED_FOR_IGNORED',
        msg: 'X-FORWARDED-FOR IS IGNORED: TRUST_PROXY is not set',
        hint: expect.stringContaining('TRUST_PROXY'),
        peer: '10.0.0.9',
      }),
    ]);
  });

  it('names TRUST_PROXY where the peer is not one of its proxies', async () => {
    expect(await warnings(['10.0.0.1'], [{ forwardedFor: '192.0.2.1' }])).toEqual([
      expect.objectContaining({
        msg: 'X-FORWARDED-FOR IS IGNORED: TRUST_PROXY does not name the machine that connected',
      }),
    ]);
  });

  it('comes once, after any number of requests without the header or from a trusted proxy', async () => {
    const ignored = { peer: '192.0.2.9', forwardedFor: '192.0.2.1' };
    const counted = { peer: '10.0.0.1', forwardedFor: '192.0.2.1' };
    expect(await warnings(['10.0.0.0/8'], [{}, counted, {}, counted])).toEqual([]);
    expect(await warnings(['10.0.0.0/8'], [{}, counted, ignored, ignored, counted, ignored])).toHaveLength(1);
  });

  it('does not hold the address of a person', async () => {
    const [line] = await warnings([], [{ peer: '198.51.100.77', forwardedFor: '203.0.113.8' }]);
    expect(JSON.stringify(line)).not.toMatch(/198\.51|203\.0/);
  });
});
