const OURS = new URL('../../dist/authentication/', import.meta.url);

/**
 * What entra-graphql checks beside signature, algorithm, issuer, audience and times, to be done with a token that another
 * verifier found good: canonical encoding, repeated names, header, every claim, and whom they describe. By the functions of
 * entra-graphql itself, which must be built, so that the difference is in the rest.
 *
 * @returns {Promise<(token: string, claims: object) => object>} throws a refusal, or gives the caller
 */
export async function createSameChecks({ instance, tenantId, clientId, issuer }) {
  const [form, header, claimChecks, callers, json, errors, requirements] = await Promise.all(
    [
      'token/token-form.js',
      'token/token-header.js',
      'token/claim-checks.js',
      'token/caller-from-claims.js',
      'json-object.js',
      'access-token-error.js',
      'token/token-requirements.js',
    ].map((file) => import(new URL(file, OURS))),
  );
  const required = requirements.tokenRequirements({ instance, tenantId, clientId });
  const readHeader = header.createHeaderReader(() => true);
  const { throwRefusal } = errors;
  return (token, claims) => {
    const parts = throwRefusal(form.parseCompactForm(token));
    throwRefusal(readHeader(parts.header));
    throwRefusal(form.decodePart(parts.signature));
    const payload = throwRefusal(form.decodeText(parts.payload));
    if (json.hasRepeatedMember(claims, json.countMembers(payload))) throw new Error('not one meaning');
    throwRefusal(claimChecks.checkClaims(claims, required, Math.floor(Date.now() / 1000)));
    throwRefusal(claimChecks.checkIssuer(claims, issuer, tenantId));
    return throwRefusal(callers.callerFromClaims(claims, tenantId, required));
  };
}
