import type { Caller } from '../caller.js';
import { type VerifierSettings, verifyAccessToken } from '../token/verify-access-token.js';
import type { ExplanationStep } from './explanation-step.js';
import { explanationSteps } from './explanation-steps.js';
import { diagnose, type ExplanationCode, notesOn } from './explanation-texts.js';

/** One check of a token, in words for the person who has to put it right. Holds claim values, never the token. */
export interface ExplainedCheck {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
  /** Undefined: it could not be made, because of something that failed before. */
  readonly passed: boolean | undefined;
  readonly code?: ExplanationCode;
  /** What to change when it failed. */
  readonly fix?: string;
}

/** Why a token is accepted or refused. */
export interface AccessTokenExplanation {
  readonly accepted: boolean;
  /** What the server refuses it with: the first check that fails in the server's own order. */
  readonly code: ExplanationCode | undefined;
  /** What to change about that. */
  readonly fix: string | undefined;
  readonly checks: readonly ExplainedCheck[];
  /** What is worth knowing beside the checks. */
  readonly notes: readonly string[];
  readonly caller: Caller | undefined;
}

/**
 * Judges a token as the server does, then runs every single check on it, so that one look shows everything that is
 * wrong and not just the first thing. What is wrong with the token or with the provider is in the answer; rejects only
 * with a bug.
 */
export async function explainAccessToken(
  accessToken: string,
  settings: VerifierSettings,
): Promise<AccessTokenExplanation> {
  const { steps, facts } = explanationSteps(accessToken, settings);
  const diagnosis: Diagnosis = (error) => diagnose(error, facts.payload, settings.required);
  const verdict = await judge(accessToken, settings, diagnosis);
  const checks: ExplainedCheck[] = [];
  for (const step of steps) checks.push(await runStep(step, diagnosis));
  return { ...verdict, checks, notes: notesOn(facts, settings.required) };
}

type Diagnosis = (error: unknown) => ReturnType<typeof diagnose>;

async function judge(
  accessToken: string,
  settings: VerifierSettings,
  diagnosis: Diagnosis,
): Promise<Omit<AccessTokenExplanation, 'checks' | 'notes'>> {
  try {
    const { verified } = await verifyAccessToken(accessToken, settings);
    return { accepted: true, code: undefined, fix: undefined, caller: verified.caller };
  } catch (error) {
    return { accepted: false, ...diagnosis(error), caller: undefined };
  }
}

async function runStep({ run, ...step }: ExplanationStep, diagnosis: Diagnosis): Promise<ExplainedCheck> {
  if (!run) return { ...step, passed: undefined };
  try {
    await run();
    return { ...step, passed: true };
  } catch (error) {
    return { ...step, passed: false, ...diagnosis(error) };
  }
}
