import { createHash, createPublicKey } from 'node:crypto';
import type { EmulatorState } from '../emulator-state.js';
import { isInTime, isSignedBy, readToken, type UnverifiedToken } from '../tokens/read-token.js';
import { GRAPH_API } from './graph-api.js';
import { GraphError } from './graph-error.js';

export interface GraphCaller {
  readonly tenantId: string;
  /** Undefined for an application. */
  readonly userId: string | undefined;
  /** Delegated scopes of a user, application permissions of an application. */
  readonly permissions: ReadonlySet<string>;
}

/**
 * Reads the bearer token of a request.
 *
 * @throws GraphError 401 for a token that is missing, not for Graph, forged or out of time
 */
export async function graphCallerOf(state: EmulatorState, authorization: string | undefined): Promise<GraphCaller> {
  const [, text = ''] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  if (text === '') throw new GraphError(401, 'InvalidAuthenticationToken', 'Access token is empty.');
  const token = readToken(text);
  if (!token || !(await isGenuine(state, token))) {
    throw new GraphError(
      401,
      'InvalidAuthenticationToken',
      'Access token validation failure. Invalid audience or signature.',
    );
  }
  if (!isInTime(token, state.now())) {
    throw new GraphError(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.');
  }
  const { tid, oid, scp, roles, idtyp } = token.claims;
  const isApplication = idtyp === 'app';
  const held = isApplication ? roles : String(scp ?? '').split(' ');
  return {
    tenantId: String(tid),
    userId: isApplication ? undefined : String(oid),
    permissions: new Set(Array.isArray(held) ? held.map(String) : []),
  };
}

/** Returns whether the token is for Graph. It is signed over the hash of the `nonce` in its header, as Graph's tokens are. */
async function isGenuine(
  state: EmulatorState,
  { header, claims, signed, signature }: UnverifiedToken,
): Promise<boolean> {
  const { nonce, kid } = header;
  const isForGraph = claims.aud === GRAPH_API.clientId || claims.aud === GRAPH_API.appIdUri;
  const key = (await state.keys.published()).find((one) => one.kid === kid);
  if (!isForGraph || typeof nonce !== 'string' || !key) return false;
  const hashed = { ...header, nonce: createHash('sha256').update(nonce).digest('base64url') };
  const head = Buffer.from(JSON.stringify(hashed)).toString('base64url');
  const whole = `${head}.${signed.slice(signed.indexOf('.') + 1)}`;
  return isSignedBy(createPublicKey(key.privateKey), { header, claims, signed: whole, signature });
}
