import { AccessTokenError, SigningKeysUnavailableError } from '../../src/authentication/refusals/access-token-error.js';

/** The code of what a promise rejects with; `accepted` when it does not. Any other error fails the test. */
export async function refusal(outcome: Promise<unknown>): Promise<string> {
  try {
    await outcome;
    return 'accepted';
  } catch (error) {
    if (error instanceof AccessTokenError || error instanceof SigningKeysUnavailableError) return error.code;
    throw error;
  }
}

/** Returns the code of what a function throws; `accepted` when it does not. */
export function refusedAtOnce(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof AccessTokenError) return error.code;
    throw error;
  }
}
