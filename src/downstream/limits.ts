import { cacheBytes } from '../values/cache-bytes.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds on tokens for other APIs. `config/limits.ts` collects them, and its `Limit` says what a row means. */
export const DOWNSTREAM_LIMITS = {
  downstreamTokens: {
    default: 10_000,
    unit: 'tokens',
    of: 'number of remembered tokens for other APIs',
    reason:
      'Fixed: a forgotten token costs a tenth of a second, because Entra is asked again. Each user has one for each set of scopes.',
    beyond: 'The token that was not used for longest is forgotten.',
  },
  downstreamTokenBytes: {
    default: cacheBytes(32 * MIB),
    unit: 'bytes',
    of: 'memory for tokens for other APIs',
    reason: 'Fixed: a token of Entra has some 2 kB, so this holds as many as `downstreamTokens`.',
    beyond: 'The token that was not used for longest is forgotten.',
  },
  sharedTokenLength: {
    default: 16 * KIB,
    unit: 'characters',
    of: 'length of an encrypted token for another API in Redis',
    reason: 'Fixed: Entra decides the size: some 2 kB. Redis forgets each at the end of its life.',
    beyond: 'It is not shared.',
  },
  downstreamRequests: {
    default: 100,
    unit: 'requests',
    of: 'number of requests to Entra and other APIs that are under way',
    reason:
      'Fixed: Entra and Graph answer a server that asks too much with 429, so more requests would not get more answers. Each holds a connection.',
    beyond: '`SERVICE_UNAVAILABLE` for the field',
  },
  callerDownstreamRequests: {
    default: 25,
    unit: 'requests',
    of: 'number of requests of one caller to Entra and other APIs that are under way',
    reason:
      'Fixed: a caller with more waits for one of its own to end. It is a quarter of all. Otherwise one caller with many objects would take all of them while the other API is slow.',
    beyond: 'waits',
  },
  callerDownstreamQueue: {
    default: 400,
    unit: 'requests',
    of: 'number of requests to other APIs that wait for those of their caller',
    reason:
      'Fixed: they are the profiles of 8 000 employees, more than an answer usually has. A request that waits is kept in memory.',
    beyond: '`SERVICE_UNAVAILABLE` for the field',
  },
  downstreamMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time for an answer of Entra or Microsoft Graph',
    reason:
      'Fixed: Entra and Graph usually answer within a second. A field waits for it, and a body that trickles could take for ever.',
    beyond: '`SERVICE_UNAVAILABLE` for the field',
  },
  downstreamAnswerBytes: {
    default: 256 * KIB,
    unit: 'bytes',
    of: 'size of an answer of Entra or Microsoft Graph',
    reason:
      'Fixed: Microsoft decides the sizes: a token answer has less than 32 kB, and a batch of 20 small requests less than 200 kB.',
    beyond: '`SERVICE_UNAVAILABLE` for the field',
  },
  downstreamFailureSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time for which a failure to get a token of another API is remembered',
    reason:
      'Fixed: it is short enough for a consent to be seen soon, and long enough that an outage or a missing consent does not cause a request to Entra for each field that meets it.',
    beyond: '-',
  },
  downstreamFailures: {
    default: 1_000,
    unit: 'failures',
    of: 'number of remembered failures to get a token of another API',
    reason: 'Fixed: each is kept for five seconds, and one that is forgotten costs one more request to Entra.',
    beyond: 'The one that was not used for longest is forgotten.',
  },
} as const;
