import type { Caller } from '../caller.js';
import { SigningKeysUnavailableError } from '../refusals/access-token-error.js';
import { type VerifierSettings, verifyToken } from '../token/verify-access-token.js';
import type { TokenVersion } from '../token-version.js';
import type { AdviceSettings, ExplanationSettings, ExplanationStep } from './explanation-step.js';
import { explanationSteps } from './explanation-steps.js';
import { diagnose, type ExplanationCode, notesOn } from './explanation-texts.js';

/** One check of a token, in words for the person who has to put it right. Holds claim values, never the token. */
export interface ExplainedCheck {
  /**
   * Name of the check. It is a claim or the thing that is checked, such as `signing key`. Programs can rely on the names.
   */
  readonly check: string;
  /** The accepted values or a description of them. */
  readonly expected: string;
  /** The value in the token. A claim is JSON of at most 200 characters. It is `none` if the claim is missing. */
  readonly found: string;
  /** Undefined if the check could not be made because an earlier one failed or keys are missing. */
  readonly passed: boolean | undefined;
  readonly code?: ExplanationCode;
  /** Remedy if the check failed, or could not be made because keys are missing. */
  readonly fix?: string;
}

export interface AccessTokenExplanation {
  readonly accepted: boolean;
  /** Code with which the server refuses the token. It is that of the first check that fails in the server's own order. */
  readonly code: ExplanationCode | undefined;
  /** Remedy for the refusal. */
  readonly fix: string | undefined;
  readonly checks: readonly ExplainedCheck[];
  /** Remarks beside the checks. */
  readonly notes: readonly string[];
  readonly caller: Caller | undefined;
}

/**
 * Verifies a token as the server does, then runs every check on it. So the result shows every fault and not only the first.
 * Faults of the token and of the provider are in the answer, so a rejection is a bug. Offline a token can be refused, never
 * accepted.
 */
export async function explainAccessToken(
  accessToken: string,
  settings: ExplanationSettings,
): Promise<AccessTokenExplanation> {
  const { steps, facts } = explanationSteps(accessToken, settings);
  // A server has its keys before a token comes that needs one.
  if (facts.header && !settings.offlineIssuers) await settings.keys.load();
  const outcome = settings.offlineIssuers ? undefined : await tryToVerify(accessToken, settings);
  const diagnosis: Diagnosis = (error) =>
    diagnose(error, facts, { required: settings.required, issuersOf: issuersIn(settings) });
  const checks: ExplainedCheck[] = [];
  for (const step of steps) checks.push(await runStep(step, diagnosis));
  const verdict = outcome ? judge(outcome, diagnosis) : judgeByChecks(checks);
  return { ...verdict, checks, notes: notesOn(facts, settings.required) };
}

function issuersIn({ offlineIssuers, keys }: ExplanationSettings): AdviceSettings['issuersOf'] {
  const known = (version: TokenVersion) => keys.byVersion[version].knownIssuer;
  return offlineIssuers ?? ((version) => [known(version)].filter((issuer) => issuer !== undefined));
}

type Diagnosis = (error: unknown) => ReturnType<typeof diagnose>;
type Verdict = Omit<AccessTokenExplanation, 'checks' | 'notes'>;

type Outcome = { readonly caller: Caller } | { readonly error: unknown };

async function tryToVerify(accessToken: string, settings: VerifierSettings): Promise<Outcome> {
  try {
    const { verified } = await verifyToken(accessToken, settings);
    return { caller: verified.caller };
  } catch (error) {
    return { error };
  }
}

function judge(outcome: Outcome, diagnosis: Diagnosis): Verdict {
  if ('caller' in outcome) return { accepted: true, code: undefined, fix: undefined, caller: outcome.caller };
  return { accepted: false, ...diagnosis(outcome.error), caller: undefined };
}

function judgeByChecks(checks: readonly ExplainedCheck[]): Verdict {
  const failed = checks.find(({ passed }) => passed === false);
  return { accepted: false, code: failed?.code ?? 'SIGNING_KEYS_UNAVAILABLE', fix: failed?.fix, caller: undefined };
}

async function runStep(step: ExplanationStep, diagnosis: Diagnosis): Promise<ExplainedCheck> {
  const { check, expected, found } = step;
  const result = await runCheck(step, diagnosis);
  return { check, expected: typeof expected === 'string' ? expected : expected(), found, ...result };
}

async function runCheck({ run }: ExplanationStep, diagnosis: Diagnosis): Promise<Pick<ExplainedCheck, 'passed'>> {
  if (!run) return { passed: undefined };
  try {
    await run();
    return { passed: true };
  } catch (error) {
    // Without keys it is not known whether the token would pass.
    const passed = error instanceof SigningKeysUnavailableError ? undefined : false;
    return { passed, ...diagnosis(error) };
  }
}
