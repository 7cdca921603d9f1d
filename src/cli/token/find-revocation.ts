import type { AccessTokenExplanation, ExplainedCheck } from '../../authentication/explanation/explain-access-token.js';
import { describeFailure } from '../../authentication/refusals/failure-catalogue.js';
import { issuedAtOf } from '../../authentication/revocations/revocation-source.js';
import { withPlainTlsMode } from '../../config/tls-mode.js';
import { createDatabasePassword } from '../../database/connections/entra-password.js';
import { watchRevocations } from '../../database/revocations/watch-revocations.js';

type Environment = Readonly<Record<string, string | undefined>>;

const CHECK = { check: 'revocation', expected: 'not revoked' } as const;

/**
 * Adds to the explanation of an accepted token whether it is revoked, as the table of `DATABASE_URL` says. Without that
 * setting nothing is added, and where the table cannot be read a note says so.
 */
export async function withRevocation(
  explanation: AccessTokenExplanation,
  environment: Environment,
): Promise<AccessTokenExplanation> {
  const { caller, checks, notes } = explanation;
  const url = environment.DATABASE_URL?.trim();
  if (!caller || !url) return explanation;
  const { uti } = caller.claims;
  const before = await readTable(url, environment, { caller, tokenId: uti });
  if (before === 'unknown') {
    const note = 'Whether the token is revoked is not known, because the table of DATABASE_URL cannot be read.';
    return { ...explanation, notes: [...notes, note] };
  }
  if (before === undefined || issuedAtOf({ caller, tokenId: uti }) >= before) {
    return { ...explanation, checks: [...checks, { ...CHECK, found: 'not revoked', passed: true }] };
  }
  const code = 'TOKEN_REVOKED';
  const fix = describeFailure(code).hint;
  const revoked: ExplainedCheck = { ...CHECK, found: foundText(before), passed: false, code, fix };
  return { ...explanation, accepted: false, code, fix, checks: [...checks, revoked], caller: undefined };
}

/** A single token is refused whenever it was issued. */
function foundText(beforeSeconds: number): string {
  const time = new Date(beforeSeconds * 1000);
  return Number.isNaN(time.getTime()) ? 'this token is revoked' : `tokens before ${time.toISOString()} are revoked`;
}

async function readTable(
  address: string,
  environment: Environment,
  token: Parameters<Awaited<ReturnType<typeof watchRevocations>>['source']['revokedBefore']>[0],
) {
  try {
    const url = withPlainTlsMode(address);
    const listenUrl = environment.DATABASE_LISTEN_URL?.trim() || undefined;
    const auth = environment.DATABASE_AUTH === 'entra' ? 'entra' : 'password';
    const watched = await watchRevocations({
      url,
      password: createDatabasePassword({ auth, url }),
      listenUrl: listenUrl && withPlainTlsMode(listenUrl),
    });
    try {
      return watched.source.revokedBefore(token);
    } finally {
      await watched.close();
    }
  } catch {
    return 'unknown';
  }
}
