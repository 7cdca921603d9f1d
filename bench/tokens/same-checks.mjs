const OURS = new URL('../../dist/authentication/', import.meta.url);

/**
 * Creates the further checks of entra-graphql, to be run on a token that another verifier accepted. That verifier checked
 * signature, algorithm, issuer, audience and times. These cover canonical encoding, repeated names, header, every claim and the
 * caller. They are the functions of entra-graphql itself, which must be built, so that only the verification differs.
 *
 * @returns {Promise<(token: string, claims: object) => object>} returns the caller; throws if the token is refused
 */
export async function createSameChecks({ instance, tenantId, clientId, issuer }) {
  const [form, header, claimChecks, callers, json, requirements] = await Promise.all(
    [
      'token/token-form.js',
      'token/token-header.js',
      'token/claim-checks.js',
      'token/caller-from-claims.js',
      'json-object.js',
      'options/token-requirements.js',
    ].map((file) => import(new URL(file, OURS))),
  );
  const required = requirements.tokenRequirements({ instance, tenantId, clientId });
  return (token, claims) => {
    const parts = form.parseCompactForm(token);
    header.readHeader(parts.header);
    form.decodePart(parts.signature);
    const payload = String(form.decodePart(parts.payload));
    if (json.hasRepeatedMember(claims, json.countMembers(payload))) throw new Error('not one meaning');
    claimChecks.checkClaims(claims, required, Math.floor(Date.now() / 1000));
    claimChecks.checkIssuer(claims, issuer, tenantId);
    return callers.callerFromClaims(claims, tenantId, required);
  };
}
