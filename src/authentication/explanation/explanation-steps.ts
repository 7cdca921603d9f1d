import { type JsonObject, MAX_PARTS } from '../json-object.js';
import { readable } from '../refusals/access-token-error.js';
import {
  decodePart,
  MAX_HEADER_CHARACTERS,
  MAX_TOKEN_BYTES,
  parseCompactForm,
  parsePart,
} from '../token/token-form.js';
import { checkAlgorithm, checkMembers, checkNotForGraph, checkType } from '../token/token-header.js';
import { keyNameOf, readKeyNames } from '../token/unverified-header.js';
import { unknownKey } from '../token/verify-access-token.js';
import { callerSteps, claimSteps, runnerFor } from './claim-steps.js';
import type { ExplanationSettings, ExplanationStep, TokenFacts } from './explanation-step.js';
import { formatClaim } from './format-claims.js';
import { keySteps } from './key-steps.js';
import { offlineKeySteps } from './offline-key-steps.js';

/** Returns every check of a token in the server's own order and what could be read of the token. */
export function explanationSteps(
  accessToken: string,
  settings: ExplanationSettings,
): { readonly steps: readonly ExplanationStep[]; readonly facts: TokenFacts } {
  const form = readable(() => parseCompactForm(accessToken));
  const header = form && readable(() => parsePart(form.header, 'HEADER_MALFORMED'));
  const payload = form && readable(() => parsePart(form.payload, 'PAYLOAD_MALFORMED'));
  const signature = form && readable(() => decodePart(form.signature));
  const facts = { header, payload, hasReadableSignature: signature !== undefined };
  const steps = [
    {
      check: 'form',
      expected: `three parts separated by dots, at most ${MAX_TOKEN_BYTES} bytes, ${MAX_HEADER_CHARACTERS} of them header`,
      found: `parts: ${accessToken.split('.').length}, bytes: ${accessToken.length}`,
      run: () => parseCompactForm(accessToken),
    },
    partStep('header', header, form && (() => parsePart(form.header, 'HEADER_MALFORMED'))),
    ...headerSteps(header, settings),
    partStep('payload', payload, form && (() => parsePart(form.payload, 'PAYLOAD_MALFORMED'))),
    ...claimSteps(payload, settings),
    {
      check: 'signature form',
      expected: 'canonical base64url',
      found: signature ? `${signature.length} bytes` : 'unreadable',
      run: form && (() => decodePart(form.signature)),
    },
    ...(settings.offlineIssuers
      ? offlineKeySteps(facts, settings.required, settings.offlineIssuers)
      : keySteps(accessToken, facts, settings)),
    ...callerSteps(payload, settings),
  ];
  return { steps, facts };
}

function partStep(check: string, part: JsonObject | undefined, run: (() => unknown) | undefined): ExplanationStep {
  const expected = `a JSON object in canonical base64url, each name once, at most ${MAX_PARTS} members, objects and arrays`;
  return { check, expected, found: part ? `names: ${Object.keys(part).length}` : 'unreadable', run };
}

function headerSteps(header: JsonObject | undefined, settings: ExplanationSettings): ExplanationStep[] {
  const { alg, typ, kid, x5t } = header ?? {};
  const withHeader = runnerFor(header);
  return [
    { check: 'typ', expected: 'JWT, at+jwt or none', found: formatClaim(typ), run: withHeader(checkType) },
    {
      check: 'alg',
      expected: 'RS256; bound here, as keys of Entra name no alg',
      found: formatClaim(alg),
      run: withHeader(checkAlgorithm),
    },
    {
      check: 'header members',
      expected: 'none that bring a key or change how the token is read',
      found: Object.keys(header ?? {}).join(', '),
      run: withHeader(checkMembers),
    },
    {
      check: 'header nonce',
      expected: 'none: only tokens for Microsoft Graph have it',
      found: header && Object.hasOwn(header, 'nonce') ? 'present' : 'none',
      run: withHeader(checkNotForGraph),
    },
    {
      check: 'kid',
      expected: 'the id of a signing key, or its thumbprint in x5t if the header has no kid',
      found: keyNameShown(kid, x5t),
      run: withHeader((read) => checkKeyIsKnown(read, settings)),
    },
  ];
}

function keyNameShown(kid: unknown, x5t: unknown): string {
  return kid === undefined && x5t !== undefined ? `x5t ${formatClaim(x5t)}` : formatClaim(kid);
}

function checkKeyIsKnown(header: JsonObject, { keys, offlineIssuers }: ExplanationSettings): void {
  const names = readKeyNames(header);
  if (!offlineIssuers && keys.isMissing(keyNameOf(names))) throw unknownKey(names);
}
