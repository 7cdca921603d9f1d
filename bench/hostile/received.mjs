// What a server reads of clients before any operation: headers, tokens, frames. Where a bound is fixed, the function behind it
// is called.
import { randomUUID } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { hasRepeatedMember, parseJsonObject } from '../../dist/authentication/json-object.js';
import { tokenRequirements } from '../../dist/authentication/options/token-requirements.js';
import { credentialsOfNode } from '../../dist/authentication/request/request-credentials.js';
import { callerFromClaims } from '../../dist/authentication/token/caller-from-claims.js';
import { checkClaims } from '../../dist/authentication/token/claim-checks.js';
import { decodePart } from '../../dist/authentication/token/token-form.js';
import { clientAddress, createTrustProxy } from '../../dist/http/client-address.js';
import { countValues } from '../../dist/http/json-values.js';
import proxyAddresses from '../../node_modules/@fastify/proxy-addr/index.js';
import Negotiator from '../../node_modules/negotiator/index.js';
import Receiver from '../../node_modules/ws/lib/receiver.js';

const TENANT = randomUUID();
const CLIENT = randomUUID();
const MEDIA_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];
const MESSAGE = '{"type":"ping"}';

const required = tokenRequirements({ tenantId: TENANT, clientId: CLIENT });
const isTrusted = createTrustProxy(['127.0.0.1', '10.0.0.0/8']);

/** Kinds as `hostile-process.mjs` has them. Most take so little that a hundred or ten of each are measured. */
export const RECEIVED = {
  'request headers, × 100': {
    prepare: (size) => ({ rawHeaders: many(200 * size, (at) => `a${at}`), url: '/graphql' }),
    run: credentialsOfNode,
  },
  'addresses in X-Forwarded-For, × 100': {
    prepare: (size) => ({
      headers: { 'x-forwarded-for': many(100 * size, () => '10.0.0.1').join() },
      socket: { remoteAddress: '127.0.0.1' },
    }),
    run(request) {
      const ips = proxyAddresses.all(request, isTrusted);
      return clientAddress({ ip: ips.at(-1), ips });
    },
  },
  'media types in Accept, × 10': {
    prepare: (size) => many(10 * size, (at) => `a/b;q=0.${at % 10}`).join(),
    run: (accept) => new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES),
  },
  'roles in a token, × 10': {
    prepare: (size) => payloadOf({ roles: many(10 * size, (at) => `role-${at}`) }),
    run: readToken,
  },
  'other claims in a token, × 10': {
    prepare: (size) => payloadOf(Object.fromEntries(many(10 * size, (at) => `claim-${at}`).map((name) => [name, 1]))),
    run: readToken,
  },
  'roles in a token that is refused, × 10': {
    prepare: (size) => payloadOf({ aud: randomUUID(), roles: many(10 * size, (at) => `role-${at}`) }),
    run: refuseToken,
  },
  'fragments of a WebSocket message, × 10': {
    prepare: (size) => [
      Buffer.concat([
        frame(' ', { isFinal: false }),
        ...many(10 * size, () => frame(' ', { opcode: 0, isFinal: false })),
        frame(MESSAGE, { opcode: 0 }),
      ]),
    ],
    run: receive,
  },
  'parts of a WebSocket frame, × 10': {
    prepare(size) {
      const bytes = frame(MESSAGE.padEnd(10 * size));
      return many(bytes.length, (at) => bytes.subarray(at, at + 1));
    },
    run: receive,
  },
  'WebSocket messages, × 10': {
    prepare: (size) => [Buffer.concat(many(10 * size, () => frame(MESSAGE)))],
    run: receive,
  },
};

function many(count, make) {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** The middle part of a token. */
function payloadOf(claims) {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const usual = {
    aud: CLIENT,
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 3600,
    azp: randomUUID(),
    oid: randomUUID(),
    scp: 'Items.Read',
    sub: randomUUID(),
    tid: TENANT,
    ver: '2.0',
  };
  return Buffer.from(JSON.stringify({ ...usual, ...claims })).toString('base64url');
}

/** All that is done with the payload of a token beside its bounds. */
function readToken(part) {
  const claims = parseJsonObject(String(decodePart(part)));
  if (hasRepeatedMember(claims, Object.keys(claims).length)) throw new Error('a claim is repeated');
  checkClaims(claims, required, Math.floor(Date.now() / 1000));
  return callerFromClaims(claims, TENANT, required);
}

function refuseToken(part) {
  try {
    readToken(part);
  } catch (error) {
    if (error.code === 'AUDIENCE_MISMATCH') return;
    throw error;
  }
  throw new Error('a token for another audience was accepted');
}

/** A frame as clients send it, masked by zeros. */
function frame(text, { opcode = 1, isFinal = true } = {}) {
  const length = text.length > 125 ? [0xfe, text.length >> 8, text.length & 255] : [0x80 | text.length];
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, ...length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** Reads packets as a WebSocket does, without bounds. */
async function receive(packets) {
  const receiver = new Receiver({ isServer: true });
  let messages = 0;
  receiver.on('message', (text) => {
    messages += countValues(String(text), Number.POSITIVE_INFINITY);
  });
  for (const packet of packets) receiver.write(packet);
  await finished(receiver.end());
  if (messages === 0) throw new Error('no message was received');
}
