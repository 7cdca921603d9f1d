import type { JsonObject } from '../json-object.js';
import type { SigningKey } from '../keys/signing-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import { readable } from '../refusals/access-token-error.js';
import { checkIssuer, checkVersion, issuerOfTenant } from '../token/claim-checks.js';
import { keyNameOf, readKeyNames } from '../token/unverified-header.js';
import { checkKeyFits, unknownKey, type VerifierSettings } from '../token/verify-access-token.js';
import { verifySignature } from '../token/verify-signature.js';
import type { ExplanationStep, TokenFacts } from './explanation-step.js';
import { formatClaim, tenantIdIn } from './format-claims.js';

/** A token whose JSON parts could both be read, and the keys of its version. */
interface ReadableToken {
  readonly accessToken: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly keys: SigningKeys;
}

/**
 * Returns the checks of issuer, key and signature. They use the keys that are there, and wait only for the first ones.
 */
export function keySteps(accessToken: string, facts: TokenFacts, settings: VerifierSettings): ExplanationStep[] {
  const { header, payload, hasReadableSignature } = facts;
  const keys = payload && keysFor(payload, settings);
  const token = header && keys && { accessToken, header, payload, keys };
  const signed = hasReadableSignature ? token : undefined;
  return [
    {
      check: 'iss',
      expected: () => expectedIssuer(keys, tenantIdIn(payload)),
      found: formatClaim(payload?.iss),
      run: token && (() => issuerOf(token)),
    },
    {
      check: 'signing key',
      expected: 'a key of the authority, meant for this issuer',
      found: formatClaim(header?.kid),
      run: token && (() => keyOf(token)),
    },
    {
      check: 'signature',
      expected: 'made by that key over exactly this token',
      found: signed ? 'present' : 'not looked at',
      run: signed && (() => checkSignature(signed)),
    },
  ];
}

function keysFor(payload: JsonObject, { required, keys }: VerifierSettings): SigningKeys | undefined {
  const version = readable(() => checkVersion(payload, required));
  return version && keys.byVersion[version];
}

function expectedIssuer(keys: SigningKeys | undefined, tenantId: string): string {
  const template = keys?.knownIssuer;
  return template ? issuerOfTenant(template, tenantId) : 'the issuer in the metadata of the authority';
}

async function issuerOf({ payload, keys }: ReadableToken): Promise<string> {
  return checkIssuer(payload, await keys.issuer(), tenantIdIn(payload));
}

async function keyOf(token: ReadableToken): Promise<SigningKey> {
  const { header, payload, keys } = token;
  const issuer = await issuerOf(token);
  const tenant = { tenantId: tenantIdIn(payload), issuer };
  const names = readKeyNames(header);
  const key = keys.find(keyNameOf(names), tenant);
  if (!key) throw unknownKey(names);
  // Whether the signature is by this key is the next check.
  const signature = Buffer.alloc(key.signatureBytes);
  checkKeyFits(key, { header: names, tenant, signature });
  return key;
}

/** Verifies the signature alone. Another check is for the time. */
async function checkSignature(token: ReadableToken): Promise<void> {
  const key = await keyOf(token);
  verifySignature(token.accessToken, key, { ignoreExpiration: true, ignoreNotBefore: true });
}
