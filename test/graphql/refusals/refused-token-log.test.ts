import { describe, expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import {
  AccessTokenError,
  SigningKeysUnavailableError,
} from '../../../src/authentication/refusals/access-token-error.js';
import { createRefusedTokenLog } from '../../../src/graphql/refusals/refused-token-log.js';
import type { RefusalLine } from '../../../src/http/log/refusal-lines.js';

function open(mostLines = 10) {
  const lines: Record<string, unknown>[] = [];
  const write = (level: string) => (line: object) => void lines.push({ level, ...line });
  let nowMs = 0;
  const asked: RefusalLine[] = [];
  const log = createRefusedTokenLog({ take: (line) => asked.push(line) <= mostLines }, () => nowMs);
  const from = { ip: '::ffff:192.0.2.1', log: { warn: write('warn'), error: write('error') } };
  const report = (error: unknown) => log(from, error);
  return { lines, asked, report, pass: (ms: number) => (nowMs += ms) };
}

describe('the log of tokens that cannot be judged', () => {
  const outage = () => new SigningKeysUnavailableError(5);

  it('has one line a minute, which counts those that were left out', () => {
    const { lines, report, pass } = open();
    for (let time = 0; time < 3; time += 1) report(outage());
    pass(AUTHENTICATION_LIMITS.reportSeconds.default * 1000 - 1);
    report(outage());
    expect(lines).toHaveLength(1);
    pass(1);
    report(outage());
    expect(lines[1]).toMatchObject({ level: 'error', code: 'SIGNING_KEYS_UNAVAILABLE', leftOut: 3 });
  });

  it('has every refused token, and every error that is not about one', () => {
    const { lines, report } = open();
    for (let time = 0; time < 2; time += 1) {
      report(new AccessTokenError('TOKEN_EXPIRED'));
      report(new Error('broken'));
    }
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'error', 'warn', 'error']);
  });

  it('has lines about bad tokens while their address has lines left, and about outages in any case', () => {
    const { lines, asked, report } = open(1);
    for (const error of [new AccessTokenError('TOKEN_EXPIRED'), new AccessTokenError('TOKEN_REVOKED'), outage()]) {
      report(error);
    }
    expect(lines.map(({ code }) => code)).toEqual(['TOKEN_EXPIRED', 'SIGNING_KEYS_UNAVAILABLE']);
    const source = '192.0.2.1';
    expect(asked).toEqual([
      { source, code: 'TOKEN_EXPIRED', isSigned: false },
      { source, code: 'TOKEN_REVOKED', isSigned: true },
    ]);
  });
});
