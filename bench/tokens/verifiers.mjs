import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync } from 'node:fs';
import { JwtVerifier } from 'aws-jwt-verify';
import { createVerifier } from 'fast-jwt';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';
import { createSameChecks } from './same-checks.mjs';

const OURS = new URL('../../dist/authentication/authentication.js', import.meta.url);

/**
 * Verifiers of access tokens. All check signature, algorithm, issuer, audience and times. `keeps` says that a token seen before
 * is recognised. A verifier without its own key set gets the key ready to use. The fastest is listed a second time with our
 * further checks. Ours is left out while the repository is not built.
 *
 * @returns {Promise<Record<string, { keeps?: boolean, verify: (token: string) => unknown, prepare?: (token: string) => object,
 *   refuse?: (prepared: object) => unknown, lookup?: (prepared: object) => { verify?: () => unknown } }>>} `refuse` is the way in which a
 *   server refuses what was prepared beforehand; `lookup` its first half, which reads the Authorization header and gives the
 *   second
 */
export async function createVerifiers({ settings, publicKey: pem, jwk }) {
  const publicKey = createPublicKey(pem);
  const ours = existsSync(OURS) && {
    'entra-graphql': { keeps: true, ...(await createOurs(settings)) },
    ...(await createWithSameChecks({ settings, publicKey, pem, jwk })),
  };
  return {
    ...ours,
    'crypto.verify alone': { verify: (token) => verifyAlone(token, publicKey) },
    'fast-jwt with cache': { keeps: true, verify: createFastJwt(settings, pem, true) },
    'fast-jwt': { verify: createFastJwt(settings, pem, false) },
    'jsonwebtoken with a KeyObject': { verify: createJsonwebtoken(settings, publicKey) },
    'jsonwebtoken + jwks-rsa': { verify: createJsonwebtokenWithKeys(settings) },
    'aws-jwt-verify': { verify: createAws(settings, jwk) },
    jose: { verify: createJose(settings) },
  };
}

async function createOurs({ instance, tenantId, clientId }) {
  const { createAuthentication } = await import(OURS);
  const authentication = createAuthentication({ instance, tenantId, clientId });
  authentication.start();
  const lookup = (credentials) => authentication.lookup(credentials);
  return {
    lookup,
    verify: (token) => authentication.verify(token),
    prepare: (token) => ({
      authorizations: [Buffer.from(`Bearer ${token}`).toString('latin1')],
      addresses: ['/graphql'],
    }),
    /** The way of the server. */
    refuse: (credentials) => expectRefusal(lookup(credentials).verify()),
  };
}

async function expectRefusal(outcome) {
  try {
    await outcome;
  } catch {
    return;
  }
  throw new Error('a bad token was accepted');
}

async function createWithSameChecks({ settings, publicKey, pem, jwk }) {
  const check = await createSameChecks(settings);
  const verifyWith = {
    'jsonwebtoken with a KeyObject': createJsonwebtoken(settings, publicKey),
    'aws-jwt-verify': createAws(settings, jwk),
    'fast-jwt': createFastJwt(settings, pem, false),
  };
  const checked = Object.entries(verifyWith).map(([name, verify]) => [
    `${name}, same checks`,
    { verify: (token) => check(token, verify(token)) },
  ]);
  const verifyByJose = createJose(settings);
  const jose = async (token) => check(token, (await verifyByJose(token)).payload);
  return { ...Object.fromEntries(checked), 'jose, same checks': { verify: jose } };
}

/** The least that a verifier must do: one check of the signature, and no check of the payload. */
function verifyAlone(token, publicKey) {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  if (!verifySignature('sha256', Buffer.from(token.slice(0, end)), publicKey, signature)) throw new Error('forged');
}

function createFastJwt({ clientId, issuer }, key, isCached) {
  return createVerifier({
    key,
    algorithms: ['RS256'],
    allowedAud: clientId,
    allowedIss: issuer,
    requiredClaims: ['exp'],
    clockTolerance: 60_000,
    cache: isCached && 10_000,
  });
}

function createJsonwebtoken(settings, publicKey) {
  const options = jsonwebtokenOptions(settings);
  return (token) => jwt.verify(token, publicKey, options);
}

function createJsonwebtokenWithKeys(settings) {
  const keys = new JwksClient({ jwksUri: settings.jwksUri });
  const options = jsonwebtokenOptions(settings);
  const keyOf = ({ kid }, done) => {
    keys.getSigningKey(kid).then((key) => done(null, key.getPublicKey()), done);
  };
  return (token) =>
    new Promise((resolve, reject) => {
      jwt.verify(token, keyOf, options, (error, claims) => (error ? reject(error) : resolve(claims)));
    });
}

function jsonwebtokenOptions({ clientId, issuer }) {
  return { algorithms: ['RS256'], audience: clientId, issuer, clockTolerance: 60 };
}

function createAws({ clientId, issuer, jwksUri }, jwk) {
  const verifier = JwtVerifier.create({ issuer, audience: clientId, jwksUri, graceSeconds: 60 });
  verifier.cacheJwks({ keys: [jwk] });
  return (token) => verifier.verifySync(token);
}

function createJose({ clientId, issuer, jwksUri }) {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  const options = { algorithms: ['RS256'], audience: clientId, issuer, clockTolerance: 60 };
  return (token) => jwtVerify(token, keys, options);
}
