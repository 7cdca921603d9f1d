import { z } from 'zod';
import { EntraError } from '../entra-error.js';
import { AUTH_CONTEXT } from '../persona.js';

/**
 * Claims that a client requests for the access token in addition to scopes (parameter `claims`, OpenID Connect Core s.5.5).
 */
export interface ClaimsRequest {
  /** Authentication contexts the sign-in must satisfy. */
  readonly authContexts: readonly string[];
  /** Capabilities that the client declares in lower case. `cp1` stands for claims challenges. */
  readonly capabilities: readonly string[];
  /** The token must not be dated earlier, in seconds since 1970. A revocation asks for it. */
  readonly notBeforeSeconds?: number | undefined;
}

const requestedClaim = z.object({ value: z.string().optional(), values: z.array(z.string()).optional() }).nullish();
const claimsParameter = z.object({
  access_token: z.object({ acrs: requestedClaim, xms_cc: requestedClaim, nbf: requestedClaim }).nullish(),
});

/**
 * Reads `{"access_token":{"acrs":{"essential":true,"value":"c1"},"xms_cc":{"values":["cp1"]}}}`. Other claims are ignored.
 *
 * @throws EntraError `malformedRequest`
 */
export function parseClaimsRequest(claims: string | undefined): ClaimsRequest {
  if (!claims) return { authContexts: [], capabilities: [] };
  const parsed = claimsParameter.safeParse(parseJson(claims));
  if (!parsed.success) throw new EntraError('malformedRequest', 'claims is not a claims request.');
  const { acrs, xms_cc: capabilities, nbf } = parsed.data.access_token ?? {};
  return {
    authContexts: valuesOf(acrs).filter((value) => AUTH_CONTEXT.test(value)),
    capabilities: valuesOf(capabilities).map((value) => value.toLowerCase()),
    notBeforeSeconds: valuesOf(nbf)
      .filter((value) => /^\d{1,12}$/.test(value))
      .map(Number)[0],
  };
}

function valuesOf(claim: z.infer<typeof requestedClaim>): readonly string[] {
  return [...new Set([...(claim?.value === undefined ? [] : [claim.value]), ...(claim?.values ?? [])])];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
