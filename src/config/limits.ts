import type { z } from 'zod';
import { AUTHENTICATION_LIMITS } from '../authentication/limits.js';
import { AUTHORIZATION_LIMITS } from '../authorization/limits.js';
import { DOWNSTREAM_LIMITS } from '../downstream/limits.js';
import { REDIS_LIMITS } from '../redis/limits.js';
import { cacheBytes, HEAP_BYTES } from '../values/cache-bytes.js';
import { whole } from './setting-checks.js';

/** One bound of the server. Rooms that may import nothing declare theirs in a `limits.ts` of their own. */
export interface Limit {
  readonly default: number;
  readonly unit: string;
  /** The bounded quantity as a noun phrase that follows "The" in an error, such as "size of the request body". */
  readonly of: string;
  /** Why there is a bound, or why it has this size. For a fixed one, why no deployment needs another value comes first. */
  readonly reason: string;
  /** The answer beyond the bound for people, such as an HTTP status or a WebSocket close code. */
  readonly beyond: string;
  /** Smallest and largest value of the setting. Without it the bound is fixed, and `reason` says why. */
  readonly range?: readonly [from: number, to: number];
  /**
   * Settings that a fixed bound grows with, the most usual one first, and its largest value. If a setting is twice its
   * default, the bound is twice its own. The setting that grows most decides, and one below its default changes nothing.
   */
  readonly grows?: { readonly with: readonly FollowedSetting[]; readonly to: number };
  /** The setting that a fixed bound is a part of. The bound is always the same fraction of it. */
  readonly partOf?: FollowedSetting;
}

/** A setting that would have no effect if the fixed bounds beside it did not follow it. */
type FollowedSetting =
  | 'anonymousSockets'
  | 'answerBytes'
  | 'callerConnections'
  | 'callerOperations'
  | 'callerSubscriptions'
  | 'databaseWaitMs'
  | 'documentBytes'
  | 'entityRepresentations'
  | 'incomingBytes'
  | 'mutationFields'
  | 'requestBodyBytes'
  | 'verifiedSockets'
  | 'verifiedTokens';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Twice the heap that a connection takes with as many headers as it may send. Node bounds them for each connection alone. */
const CONNECTION_BYTES = 128 * KIB;
const MOST_CONNECTIONS = Math.floor(HEAP_BYTES / CONNECTION_BYTES);

/** Bounds of `RATE_LIMIT_FAILURES_PER_MINUTE`, and of the option `failuresPerMinute` in a server that is not ours. */
export const FAILURES_PER_MINUTE = { default: 60, range: [0, 100_000] } as const;

/** A rate has no bound until the API sets one. */
const RATE = {
  default: 0,
  reason:
    '0 means no bound: what is usual differs from one API to the next, and what is under way at once is bounded anyway.',
  beyond: '429 with `Retry-After`',
  range: [0, 100_000_000],
} as const;

const LEFT_OUT_LINES =
  'left out and counted by code. One line a second says how many. The first of each code in a second is written.';

const CACHE = { unit: 'bytes', beyond: 'forgotten' } as const;

/** Every bound of the server, by name. `docs/limits.md` is generated from it. */
export const LIMITS = {
  // HTTP
  requestHeaderBytes: {
    default: 24 * KIB,
    unit: 'bytes',
    of: 'size of the request headers',
    reason:
      'Fixed: Entra decides the size of the largest header, the access token: up to 16 384 bytes are accepted, and other headers have room beside it.',
    beyond: '431',
  },
  requestBodyBytes: {
    default: 256 * KIB,
    unit: 'bytes',
    of: 'size of the request body',
    reason: 'A body is kept in memory as a whole before it is parsed.',
    beyond: '413',
    range: [1 * KIB, 16 * MIB],
  },
  requestValues: {
    default: 6_000,
    unit: 'values',
    of: 'number of values in the JSON of a request',
    reason:
      'Fixed: it follows the sizes that you set. A value of two bytes takes up to a hundred in memory, for as long as its request is answered.',
    beyond: '400; over WebSocket close code 4400',
    grows: { with: ['requestBodyBytes', 'entityRepresentations'], to: 200_000 },
  },
  incomingBytes: {
    default: 64 * MIB,
    unit: 'bytes',
    of: 'size of all requests that are arriving or being answered',
    reason:
      'Many connections together could fill the memory of the server with requests that never end. Operations over WebSocket have as much for themselves.',
    beyond:
      'The address that sends most loses the connections on which its requests arrive, and the log says so. If that is not enough, new requests get 503, over WebSocket an `error` message, or close code 1013 for a subscription.',
    range: [1 * MIB, 512 * MIB],
  },
  addressIncomingBytes: {
    default: 16 * MIB,
    unit: 'bytes',
    of: 'size of all requests of one address that are arriving or being answered',
    reason:
      'Fixed: it follows `incomingBytes`: a quarter, so that one client leaves room for others. Requests wait for their turn, and each takes some kilobytes beside its own bytes. The proxies of TRUST_PROXY are exempt. Operations over WebSocket count by caller.',
    beyond: '429, and the connection ends with that answer; over WebSocket an `error` message',
    partOf: 'incomingBytes',
  },
  requestBodyParts: {
    default: 100,
    unit: 'parts, and one for each 512 bytes,',
    of: 'number of parts in which the request body arrives',
    reason:
      'Fixed: it follows from the packets of a network, which have more than 512 bytes everywhere. Each part takes time and some 400 bytes, however small it is.',
    beyond: '413',
  },
  partBytes: {
    default: 512,
    unit: 'bytes',
    of: 'number of bytes of a body or frame that allow one more part',
    reason: 'Fixed: the packets of every network are larger, and smaller parts cost more than their bytes.',
    beyond: 'The parts count towards `requestBodyParts` or `socketMessageParts`.',
  },
  requestSeconds: {
    default: 15,
    unit: 'seconds',
    of: 'time for a request to arrive',
    reason:
      'Fixed: it follows the size that you set, and a client that sends 60 kB a second is in time with any body. A request that arrives slowly holds a connection.',
    beyond: '408',
    grows: { with: ['requestBodyBytes'], to: 300 },
  },
  requestHeaders: {
    default: 200,
    unit: 'headers',
    of: 'number of request headers',
    reason:
      'Fixed: browsers and proxies together send some 30. Node drops headers beyond its own bound silently, and one of them could be Authorization.',
    beyond: '431',
  },
  requestUrlBytes: {
    default: 16 * KIB,
    unit: 'bytes',
    of: 'length of the request URL',
    reason: 'Fixed: longer queries can be sent by POST, and proxies allow 8 to 16 kB.',
    beyond: '414',
  },
  routeParameterLength: {
    default: 100,
    unit: 'characters',
    of: 'length of a part of the URL that is the name of a file',
    reason:
      'Fixed: such parts of a URL are names of files of the server, which are shorter. Each is decoded and looked up.',
    beyond: '414',
  },
  pipelinedRequests: {
    default: 64,
    unit: 'requests',
    of: 'number of unanswered requests on one connection',
    reason:
      'Fixed: browsers do not send requests without waiting, and HTTP libraries only if a program asks them to. The answers are kept until the first one is sent.',
    beyond: '429, and the connection ends with that answer',
  },
  refusalBytesPerByte: {
    default: 10,
    unit: 'bytes',
    of: 'number of bytes of a refusal for each byte of its request',
    reason:
      'Fixed: no refusal of a usual request comes near it. Requests of a few bytes, sent without waiting, would make the server send far more than it gets.',
    beyond:
      'The connection ends with the answers to the requests that have been taken, and what follows is not run. Over WebSocket, errors that do not fit are counted.',
  },
  keepAliveSeconds: {
    default: 65,
    unit: 'seconds',
    of: 'time for which a connection may be idle',
    reason: 'An idle connection is kept open. Load balancers expect more than their own 60 seconds.',
    beyond: 'The connection is closed.',
    range: [1, 3600],
  },
  connections: {
    default: Math.min(10_000, MOST_CONNECTIONS),
    unit: 'connections',
    of: 'number of connections',
    reason:
      'Each connection takes memory and a file descriptor. With less than 1.25 GiB of heap the default is one for each 128 KiB.',
    beyond:
      'The address with the most connections loses its oldest one on which nothing is answered. If the new connection is from that address, only one without a request gives way. If there is none, the new connection is closed. The log says so.',
    range: [10, 1_000_000],
  },
  reservedFiles: {
    default: 128,
    unit: 'files',
    of: 'number of open files that clients leave to the rest of the server, beside DATABASE_POOL_SIZE',
    reason:
      'Fixed: the server has some 30 files open without clients, and up to a hundred requests to Entra and other APIs. Linux says how many files a process may open.',
    beyond: '`LIMIT_CONNECTIONS` is lowered at the start, at most to 10, and the log says so.',
  },
  connectionsPerAddress: {
    default: 2_500,
    unit: 'connections',
    of: 'number of connections from one address',
    reason: 'One client must not take the connections of all. The proxies of TRUST_PROXY are exempt.',
    beyond: 'The connection is closed, and the log says so.',
    range: [10, 1_000_000],
  },
  answerBytes: {
    default: 5 * MIB,
    unit: 'bytes',
    of: 'size of the answer',
    reason: 'An answer is kept in memory until its client has read it.',
    beyond: 'An error in place of the answer. A mutation has run then, and the error says so.',
    range: [16 * KIB, 64 * MIB],
  },
  answerSeconds: {
    default: 60,
    unit: 'seconds',
    of: 'time for a client to read an answer',
    reason:
      'Fixed: it follows the size that you set, and a client that reads 90 kB a second is in time with any answer. One that reads nothing, or a trickle, keeps its answers in the memory of the server.',
    beyond: 'The connection is closed, and the log says so.',
    grows: { with: ['answerBytes'], to: 900 },
  },
  bufferedBytes: {
    default: 64 * MIB,
    unit: 'bytes',
    of: 'size of all answers that wait for their clients',
    reason:
      'Fixed: it follows the size that you set, with room for eight of the largest answers or more. Many slow clients together could fill the memory of the server.',
    beyond: 'The slowest connections are closed. New requests get 503 where that does not suffice.',
    grows: { with: ['answerBytes'], to: 512 * MIB },
  },
  addressBufferedBytes: {
    default: 16 * MIB,
    unit: 'bytes',
    of: 'size of all answers that wait for the clients of one address',
    reason:
      'Fixed: it follows the size that you set: a quarter of `bufferedBytes`, so that one client does not fill what is kept for all. The proxies of TRUST_PROXY are exempt.',
    beyond: 'Its connections are closed first when `bufferedBytes` is used up.',
    grows: { with: ['answerBytes'], to: 128 * MIB },
  },
  verifiedSockets: {
    default: 5_000,
    unit: 'connections',
    of: 'number of WebSockets with an access token',
    reason: 'Each takes memory and a file descriptor. Clients without an access token cannot take these places.',
    beyond: 'close code 1013',
    range: [1, 1_000_000],
  },
  anonymousSockets: {
    default: 1_000,
    unit: 'connections',
    of: 'number of WebSockets without an access token',
    reason: 'They cost their clients nothing. LIMIT_CALLER_SOCKETS bounds them by address.',
    beyond: 'close code 1013',
    range: [1, 1_000_000],
  },
  openingSockets: {
    default: 2_000,
    unit: 'connections',
    of: 'number of WebSockets whose clients have not sent connection_init',
    reason:
      'Fixed: it follows the number of WebSockets that you set, and each takes a place for a moment only, also when all clients connect at once after a restart. The oldest of the address with most loses its place.',
    beyond: 'close code 1013 for the oldest',
    grows: { with: ['verifiedSockets'], to: 100_000 },
  },
  socketInitSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time for a WebSocket client to send connection_init',
    reason:
      'Fixed: clients send connection_init as soon as they are connected, on every API. One that says nothing holds a connection.',
    beyond: 'close code 4408',
  },
  socketInitValues: {
    default: 100,
    unit: 'values',
    of: 'number of values in the JSON of connection_init',
    reason:
      'Fixed: it holds a token and the names that headers would have, and no data of the API. Anonymous clients send it.',
    beyond: 'close code 4400',
  },
  socketCloseSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time for a WebSocket client to answer that the server closes',
    reason:
      'Fixed: clients answer at once, and nothing is lost for those that do not. One that never answers holds a connection.',
    beyond: 'The connection ends.',
  },
  socketPingSeconds: {
    default: 15,
    unit: 'seconds',
    of: 'time for a WebSocket client to answer a ping, and time between two pings',
    reason: 'Fixed: a client that lives answers at once, and proxies close connections that are quiet for a minute.',
    beyond: 'The connection is cut off.',
  },
  socketShutdownSeconds: {
    default: 2,
    unit: 'seconds',
    of: 'time for a WebSocket client to close its connection while the server ends',
    reason: 'Fixed: a client that lives closes at once, and the server cannot end before.',
    beyond: 'The connection is cut off.',
  },
  anonymousIdleSeconds: {
    default: 10,
    unit: 'seconds',
    of: 'time without an operation on a WebSocket without an access token',
    reason:
      'Fixed: a client can connect again when it has an operation, so it loses nothing. One that asks for nothing holds a connection.',
    beyond: 'close code 1013',
  },
  anonymousSocketSeconds: {
    default: 60,
    unit: 'seconds',
    of: 'life of a WebSocket without an access token',
    reason:
      'Clients that do not say who they are must not hold a connection for ever. They can connect again, but miss events in between: an API with public subscriptions may want longer.',
    beyond: 'close code 1013',
    range: [1, 86_400],
  },
  socketMessageBytes: {
    default: 64 * KIB,
    unit: 'bytes',
    of: 'size of a WebSocket message',
    reason:
      'Fixed: it follows the sizes that you set, and larger operations can be sent over HTTP. A message is kept in memory as a whole before it is parsed.',
    beyond: 'close code 1009',
    grows: { with: ['requestBodyBytes', 'documentBytes'], to: 4 * MIB },
  },
  socketMessageFragments: {
    default: 64,
    unit: 'fragments',
    of: 'number of fragments of a WebSocket message',
    reason: 'Fixed: clients send a message in one fragment or a few, whatever its size. Empty fragments have no size.',
    beyond: 'close code 1008',
  },
  socketMessageParts: {
    default: 100,
    unit: 'parts, and one for each 512 bytes of `socketMessageBytes`,',
    of: 'number of parts in which a frame of a WebSocket arrives',
    reason:
      'Fixed: it follows from the packets of a network, which have more than 512 bytes everywhere. Each part is kept until the frame is complete.',
    beyond: 'close code 1008',
  },
  socketMessagesPerSecond: {
    default: 500,
    unit: 'messages a second',
    of: 'number of WebSocket messages, pings included',
    reason:
      'Fixed: clients send a few messages a second, and can open more connections. Each message is parsed, and each ping is answered.',
    beyond: 'close code 1008',
  },
  callerMessagesPerSecond: {
    default: 2_000,
    unit: 'messages a second',
    of: 'number of messages on all WebSockets of one caller',
    reason:
      'Fixed: clients send a few messages a second, and this is a twelfth of a core: a message takes some 40 µs. A caller may have many connections. Anonymous clients of one address count together, without the first message of a connection.',
    beyond: 'close code 1008 for the connection with one more',
  },
  socketRefusalMessages: {
    default: 5,
    unit: 'messages',
    of: 'number of WebSocket messages that a refused operation counts as',
    reason:
      'Fixed: it says what a refusal costs the server, which is the same for every API: parsing, validating and wording take up to a millisecond. A client that repeats it hundreds of times a second would keep a core busy.',
    beyond: 'counts towards `socketMessagesPerSecond` and `callerMessagesPerSecond`',
  },
  socketBufferedBytes: {
    default: 8 * MIB,
    unit: 'bytes',
    of: 'size of what waits for the client of one WebSocket',
    reason:
      'Fixed: it follows the size that you set, with room for the largest answer and half of another. A client that does not read makes the server keep its answers.',
    beyond: 'The connection is cut off, and the log says so.',
    grows: { with: ['answerBytes'], to: 128 * MIB },
  },
  socketOperationIdLength: {
    default: 128,
    unit: 'characters',
    of: 'length of the id of an operation over WebSocket',
    reason: 'Fixed: libraries choose the id, and use a GUID or a number. It is sent back with every event.',
    beyond: 'close code 4400',
  },
  shutdownArrivalSeconds: {
    default: 2,
    unit: 'seconds',
    of: 'time for requests to arrive while the server ends',
    reason:
      'Fixed: requests arrive in one packet or a few, and SHUTDOWN_DELAY_SECONDS gives slow ones more time before. A client that sends a part of a request would hold the process.',
    beyond: '408',
  },
  shutdownSilentMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'time from the opening of a connection to its first byte while the server ends',
    reason: 'Fixed: a proxy that opens a connection for a request sends that request at once.',
    beyond: 'The connection is closed.',
  },
  shutdownEndMs: {
    default: 2_000,
    unit: 'milliseconds',
    of: 'time for what a shutdown cut off to let go of database and files',
    reason: 'Fixed: nothing is answered any more by then, and closing takes milliseconds.',
    beyond: 'The process ends without it.',
  },
  readinessAnswerMs: {
    default: 500,
    unit: 'milliseconds',
    of: 'time for a dependency to answer `/readyz` during `READY_WITHOUT_DATABASE_SECONDS`',
    reason: 'Fixed: probes usually give up after a second, and the answer is to come before.',
    beyond: '`/readyz` says `degraded`.',
  },
  readinessLastsMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'age of what `/readyz` says of the database',
    reason: 'Fixed: probes ask once in several seconds, so they notice nothing of it. Anybody may ask.',
    beyond: 'The database is asked again.',
  },
  lingerBytes: {
    default: 2 * MIB,
    unit: 'bytes',
    of: 'amount that is discarded after a refusal',
    reason:
      'Fixed: the refusal is sent already, and nothing else depends on it. A client that is still sending gets it only if the server goes on reading for a while.',
    beyond: 'The connection is closed.',
  },
  lingerSeconds: {
    default: 2,
    unit: 'seconds',
    of: 'time for a refused client to stop sending',
    reason: 'Fixed: a client that reads stops at once when it is refused, whatever the API.',
    beyond: 'The connection is closed.',
  },

  addressLength: {
    default: 80,
    unit: 'characters',
    of: 'length of an address that a proxy reports',
    reason: 'Fixed: an IPv6 address with a zone id and a port has fewer, so no address of a client is longer.',
    beyond: 'The address counts as unknown.',
  },
  forwardedHops: {
    default: 20,
    unit: 'addresses',
    of: 'number of proxies that `X-Forwarded-For` is followed through',
    reason:
      'Fixed: chains of proxies have a few. Each is compared with TRUST_PROXY, and a header of 24 kB has two thousand.',
    beyond: 'The next address is that of the client.',
  },
  acceptLength: {
    default: 1_000,
    unit: 'characters',
    of: 'length of the header `Accept`',
    reason:
      'Fixed: browsers send some 150 characters, and GraphQL clients fewer. The header is read several times for a request.',
    beyond: 'The header is ignored, and the answer is JSON.',
  },
  requestIdLength: {
    default: 64,
    unit: 'characters',
    of: 'length of `x-request-id`',
    reason:
      'Fixed: a GUID has 36 characters, and a trace id 32. It stands in every log line of the request and in its answer.',
    beyond: 'The header is ignored, and the request gets an id of its own.',
  },
  operationNameLength: {
    default: 100,
    unit: 'characters',
    of: "length of an operation's name in logs and traces",
    reason:
      'Fixed: people read the name, and a longer one is cut and not refused. Clients choose it, and it stands in every log line of the operation.',
    beyond: 'cut',
  },
  loggedDenials: {
    default: 50,
    unit: 'coordinates',
    of: 'number of denied coordinates of the schema in a log line, and in an answer with `AUTHORIZATION_MODE=report`',
    reason: 'Fixed: people read the line, and it has the number of all denials. A document can deny thousands.',
    beyond: 'left out',
  },
  loggedPathLength: {
    default: 200,
    unit: 'characters',
    of: 'length of the path of a request in the log',
    reason:
      'Fixed: paths of the server have fewer than 60 characters. Clients choose the path, and it stands in the log line of the request.',
    beyond: 'cut',
  },
  refusalLines: {
    default: 100,
    unit: 'lines a second',
    of: 'number of log lines about refused requests of one address whose callers are not known',
    reason:
      'Fixed: the others are counted by code, which says more than a hundred equal lines. Clients decide how often they are refused, and a line has ten times the bytes of a small request.',
    beyond: LEFT_OUT_LINES,
  },
  allRefusalLines: {
    default: 1_000,
    unit: 'lines a second',
    of: 'number of log lines about refused requests of all addresses whose callers are not known',
    reason:
      'Fixed: the others are counted by code. A client with a large network can send from any number of addresses. Refused tokens whose signature was verified have as many lines of their own.',
    beyond: LEFT_OUT_LINES,
  },
  refusalLineCodes: {
    default: 100,
    unit: 'codes',
    of: 'number of error codes by which lines about refused requests are counted',
    reason: 'Fixed: the server has fewer codes, and those of your resolvers find room too.',
    beyond: 'counted as `_OTHER`',
  },

  // Callers
  callerOperations: {
    default: 50,
    unit: 'operations',
    of: 'number of operations of one caller under way',
    reason: 'One caller with many slow operations would take the time and the database connections of all others.',
    beyond: '429 with Retry-After; over WebSocket an `error` message',
    range: [1, 10_000],
  },
  callerSubscriptions: {
    default: 200,
    unit: 'subscriptions',
    of: 'number of subscriptions of one caller',
    reason: 'Each change is answered once for each subscription.',
    beyond: '`error` message',
    range: [1, 100_000],
  },
  callerSockets: {
    default: 50,
    unit: 'connections',
    of: 'number of WebSockets of one caller',
    reason: 'One caller would take the places of all others.',
    beyond: 'close code 1013',
    range: [1, 100_000],
  },
  socketOperations: {
    default: 20,
    unit: 'operations',
    of: 'number of operations on one WebSocket',
    reason:
      'Fixed: it follows the numbers that you set, and a caller can open more connections. The operations of one connection share what may be buffered for it.',
    beyond: '`error` message',
    grows: { with: ['callerSubscriptions', 'callerOperations'], to: 1_000 },
  },

  // Access tokens and the keys that sign them
  ...AUTHENTICATION_LIMITS,
  signatureChecksPerSecond: {
    default: 1_000,
    unit: 'signatures a second',
    of: 'number of signatures checked for an address with too many refused tokens',
    reason:
      'Fixed: an office has fewer new tokens in a second, and this is a twentieth of a core: a check takes 50 µs of CPU. Bad tokens must not keep good ones of the same address from being verified.',
    beyond: '429 with Retry-After, also for a good token of that address that was not verified before',
  },
  failingAddresses: {
    default: 10_000,
    unit: 'addresses',
    of: 'number of addresses whose refused tokens are counted',
    reason:
      'Fixed: an address that is forgotten only begins again, and a usual API sees a few that fail. A client with a large network can send from any number of addresses.',
    beyond: 'The address from which nothing was refused for longest is forgotten.',
  },

  // Decisions
  ...AUTHORIZATION_LIMITS,

  // Other APIs
  ...DOWNSTREAM_LIMITS,

  // Redis
  ...REDIS_LIMITS,

  // Subscriptions
  subscriptionValues: {
    default: 500,
    unit: 'values',
    of: 'number of values in the message that opens a subscription',
    reason: 'Fixed: its variables are ids and filters. The message is kept for as long as the subscription is open.',
    beyond: '`error` message',
  },
  callerSubscriptionBytes: {
    default: 1 * MIB,
    unit: 'bytes',
    of: 'size of what is kept of the open subscriptions of one caller',
    reason:
      'Fixed: it follows the number of them, and a usual one takes a kilobyte or two. The message that opened a subscription is kept for as long as it is open.',
    beyond: '`error` message',
    grows: { with: ['callerSubscriptions'], to: 512 * MIB },
  },
  subscriptionBytes: {
    default: 32 * MIB,
    unit: 'bytes',
    of: 'size of what is kept of the open subscriptions of all verified callers',
    reason:
      'Fixed: it follows the number of WebSockets, and has room for four usual subscriptions on each. Many callers together could fill the memory of the server.',
    beyond: '`error` message',
    grows: { with: ['verifiedSockets'], to: 4_096 * MIB },
  },
  anonymousSubscriptionBytes: {
    default: 8 * MIB,
    unit: 'bytes',
    of: 'size of what is kept of the open subscriptions of all anonymous clients',
    reason:
      'Fixed: it follows the number of WebSockets, and has room for four usual subscriptions on each. They cost their clients nothing, so they have no part of the room of verified callers.',
    beyond: '`error` message',
    grows: { with: ['anonymousSockets'], to: 1_024 * MIB },
  },
  subscriptionEvents: {
    default: 1_000,
    unit: 'changes',
    of: 'number of changes that wait for one subscription',
    reason:
      'Fixed: a subscriber that is so far behind can subscribe again, and read what it missed. One that reads slowly makes the server keep what it has not been sent.',
    beyond: 'error `SUBSCRIPTION_OVERFLOW`, which ends the subscription',
  },
  eventConnections: {
    default: 2,
    unit: 'connections',
    of: 'number of database connections that read for subscriptions',
    reason:
      'Fixed: reads that wait go to the database together, so two connections suffice for one server, however many subscribers it has. Requests need the other connections of the pool.',
    beyond: 'the read waits for its turn',
  },
  eventBatch: {
    default: 200,
    unit: 'reads',
    of: 'number of reads for subscriptions in one transaction, and of callers in one statement',
    reason: 'Fixed: reads that wait go to the database together, and more at once would only be answered later.',
    beyond: 'the read is part of the next transaction',
  },
  notificationHeartbeatMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'time between two questions whether the connection for notifications lives',
    reason:
      'Fixed: it is one small question. Subscribers are to hear of changes again within 5 seconds after a connection has died: the time for the answer and for coming back is included.',
    beyond: 'the next question',
  },
  notificationAnswerMs: {
    default: 2_500,
    unit: 'milliseconds',
    of: 'time for the connection for notifications to answer',
    reason: 'Fixed: a database that lives answers at once, so a longer silence is a broken connection.',
    beyond: 'the connection is closed, and every subscription ends with `SERVICE_UNAVAILABLE`',
  },
  notificationTestSeconds: {
    default: 3,
    unit: 'seconds',
    of: 'time for the notification that is sent at the start to arrive',
    reason: 'Fixed: a notification arrives within milliseconds, or never, on every database.',
    beyond: 'the start ends and names `DATABASE_LISTEN_URL`',
  },

  // Database
  callerConnections: {
    default: 4,
    unit: 'connections',
    of: 'number of database connections of one caller',
    reason: 'One caller could hold them all. At least one of `DATABASE_POOL_SIZE` is always left to others.',
    beyond: 'waits',
    range: [1, 1_000],
  },
  anonymousConnections: {
    default: 6,
    unit: 'connections',
    of: 'number of database connections of all anonymous clients',
    reason:
      'Fixed: it follows the number that you set, with half as many again. Clients without a token cost nothing, and the rest is for verified callers. Each address has `callerConnections` of them.',
    beyond: 'waits',
    grows: { with: ['callerConnections'], to: 1_500 },
  },
  callerQueue: {
    default: 100,
    unit: 'operations',
    of: "number of operations that wait for one of their caller's database connections",
    reason:
      'Fixed: it follows the number that you set: room for twice as many as a caller may have under way. An operation that waits is kept in memory.',
    beyond: '429 or an error of the field',
    grows: { with: ['callerOperations'], to: 10_000 },
  },
  callerQueueSeconds: {
    default: 5,
    unit: 'seconds',
    of: "time that an operation waits for one of its caller's database connections",
    reason:
      'Fixed: it follows the wait that you set, which refuses before, unless the database stands still. A client that waits longer had better slow down.',
    beyond: '429 or an error of the field',
    grows: { with: ['databaseWaitMs'], to: 300 },
  },
  databaseQueue: {
    default: 1_000,
    unit: 'operations',
    of: 'number of operations that wait for a database connection',
    reason:
      'Fixed: it follows the wait that you set. Ten connections with 5 ms for each operation get through the queue in half a second. An operation that waits is kept in memory.',
    beyond: '503 or an error of the field',
    grows: { with: ['databaseWaitMs'], to: 100_000 },
  },
  databaseQueueSeconds: {
    default: 5,
    unit: 'seconds',
    of: 'time that an operation waits for a database connection',
    reason:
      'Fixed: it follows the wait that you set, which refuses before, unless the database stands still. An operation that waits longer had better be tried again elsewhere.',
    beyond: '503 or an error of the field',
    grows: { with: ['databaseWaitMs'], to: 300 },
  },
  databaseWaitMs: {
    default: 500,
    unit: 'milliseconds',
    of: 'estimated wait of an operation for a database connection, from the waits of those before it',
    reason: 'An operation that is let in is to be answered in two seconds. A database that stands still has no pace.',
    beyond: "503, 429 if it waits for one of its caller's connections, or an error of the field, at once",
    range: [10, 300_000],
  },
  operationSeconds: {
    default: 30,
    unit: 'seconds',
    of: 'time of an operation',
    reason: 'An operation holds a database connection from its first read to its answer. Subscriptions are exempt.',
    beyond: '504 or an error of the field',
    range: [1, 3_600],
  },
  operationGraceSeconds: {
    default: 2,
    unit: 'seconds',
    of: 'time for cancelled statements of an operation to end',
    reason:
      'Fixed: PostgreSQL ends a cancelled statement in milliseconds. The fields of such statements get errors, and the other fields their values. Then the answer ends without them.',
    beyond: 'an error of the answer, with `data: null`',
  },
  statementSeconds: {
    default: 10,
    unit: 'seconds',
    of: 'time of a database statement',
    reason: 'PostgreSQL ends a statement that takes longer.',
    beyond: 'an error of the field',
    range: [1, 600],
  },
  statementSilenceMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'time without an answer to a database statement',
    reason:
      'Fixed: a slow statement loses nothing by it: another connection only asks whether it runs. A network that drops packets says nothing.',
    beyond: 'PostgreSQL is asked whether the statement still runs',
  },
  statementLookMs: {
    default: 1_500,
    unit: 'milliseconds',
    of: 'time for PostgreSQL to say whether a statement still runs',
    reason:
      'Fixed: a database that lives answers within milliseconds. With the silence before it, it is less than the time for the database to answer.',
    beyond: '503 or an error of the field',
  },
  unwatchedStatementMs: {
    default: 2_000,
    unit: 'milliseconds',
    of: 'time that a statement may take beyond `statementSeconds` or `operationSeconds`',
    reason: 'Fixed: the other bounds come first. This one is for a connection that nothing else watches.',
    beyond: 'The connection is closed.',
  },
  cancelledStatementSeconds: {
    default: 1,
    unit: 'seconds',
    of: 'time for a cancelled database statement to end',
    reason: 'Fixed: a statement that was cancelled ends at once, unless its connection is broken.',
    beyond: 'the connection is closed',
  },
  idleTransactionSeconds: {
    default: 15,
    unit: 'seconds',
    of: 'time that a transaction may be idle',
    reason:
      'Fixed: statements of an operation follow each other within milliseconds, or within 5 seconds if a field asks another API between them. A transaction that no statement uses holds locks.',
    beyond: 'The connection is closed. A read begins another transaction, and a mutation gets an error of its field.',
  },
  preparedStatements: {
    default: 100,
    unit: 'statements',
    of: 'number of statements that are prepared on one database connection',
    reason:
      'Fixed: others run as well, without being prepared, and what an API asks for again and again is a few dozen. PostgreSQL keeps each with its plan.',
    beyond: 'Others are sent without being prepared, until the connection is replaced.',
  },
  preparedStatementsSeconds: {
    default: 60,
    unit: 'seconds',
    of: 'life of a database connection that has prepared as many statements as it may',
    reason:
      'Fixed: a new connection a minute costs nothing, on any database. Without it a client that varies its queries would cause one for every hundred queries.',
    beyond: 'The connection is replaced after its transaction.',
  },
  queryShapes: {
    default: 500,
    unit: 'queries',
    of: 'number of queries that are kept as they were built',
    reason:
      'Fixed: one that is forgotten is only built again. To build a query costs more than to send it, and each that is kept takes a few kilobytes.',
    beyond: 'The one that was used least recently is built again.',
  },
  queryShapeBytes: {
    default: 2 * MIB,
    unit: 'bytes',
    of: 'memory for queries that are kept as they were built, as much for the columns of prepared statements, as much for texts that may be prepared, and as much for those that are prepared on one connection',
    reason:
      'Fixed: it has room for `queryShapes`. Clients choose filters and orders, and the API decides how long a query is.',
    beyond:
      'The one that was used least recently is built again, its columns are read again, or it is sent without being prepared. A connection that has prepared so much is replaced after `preparedStatementsSeconds`.',
  },
  metricsOperations: {
    default: 100,
    unit: 'names',
    of: 'number of names of operations with a series of their own in `/metrics`',
    reason:
      'Fixed: the log and traces have the names of all operations. Clients choose the names, and Prometheus keeps each series.',
    beyond: 'counted as `(other)`',
  },
  callerRequestsPerMinute: {
    ...RATE,
    unit: 'requests',
    of: 'number of requests of each caller in a minute',
  },
  callerCostPerMinute: {
    ...RATE,
    unit: 'points',
    of: 'cost of all operations of each caller in a minute',
  },
  callerMutationsPerMinute: {
    ...RATE,
    unit: 'fields',
    of: 'number of root fields in the mutations of each caller in a minute',
  },
  applicationRequestsPerMinute: {
    ...RATE,
    unit: 'requests',
    of: 'number of requests of each client application in a minute',
  },
  applicationCostPerMinute: {
    ...RATE,
    unit: 'points',
    of: 'cost of all operations of each client application in a minute',
  },
  applicationMutationsPerMinute: {
    ...RATE,
    unit: 'fields',
    of: 'number of root fields in the mutations of each client application in a minute',
  },
  eventLoopDelayMs: {
    default: 250,
    unit: 'milliseconds',
    of: 'mean delay of the event loop during a second, or expected wait of a request for its turn',
    reason: 'A request that is let in is to be answered in two seconds. 0 turns it off.',
    beyond: '503 with `Retry-After`, for verified callers at twice the delay',
    range: [0, 60_000],
  },
  accessEntries: {
    default: 10_000,
    unit: 'entries',
    of: 'number of entries of the access record that wait to be stored',
    reason:
      'Fixed: a database that works takes them at once, so more would only help through a longer outage, in memory. They are kept in memory while the database takes none.',
    beyond: '503, or with `ACCESS_RECORD_READS=buffered` the entry is lost and the log says so',
  },
  callerAccessEntries: {
    default: 2_500,
    unit: 'entries',
    of: 'number of entries of the access record of one caller that wait to be stored',
    reason:
      'Fixed: a quarter of `accessEntries`. One caller could otherwise fill them, and the uses of all others would be refused or lost.',
    beyond: 'an error of the field, with `RATE_LIMITED`',
  },
  accessBatch: {
    default: 500,
    unit: 'entries',
    of: 'number of entries of the access record that one statement stores',
    reason: 'Fixed: entries that wait are stored together. With more of them, each statement would take longer.',
    beyond: 'stored by the next statement',
  },
  accessGatherMs: {
    default: 2,
    unit: 'milliseconds',
    of: 'time that a read waits for others whose entries of the access record are stored with its own',
    reason: 'Fixed: every audited read waits so long, and reads of an operation come within a millisecond.',
    beyond: 'The entries that wait are stored, up to `accessBatch`.',
  },
  bufferedAccessMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'time that an entry of the access record waits for others with `ACCESS_RECORD_READS=buffered`',
    reason: 'Fixed: no read waits for it. A server that crashes loses at most the entries of a second.',
    beyond: 'The entries that wait are stored, up to `accessBatch`.',
  },
  cleanUpBatch: {
    default: 1_000,
    unit: 'rows',
    of: 'number of outdated rows that one statement removes',
    reason:
      'Fixed: a statement takes a few milliseconds, and others follow until none is left. A single one for millions would hold locks for minutes.',
    beyond: 'removed by the next statement',
  },
  rateCounters: {
    default: 20_000,
    unit: 'counters',
    of: 'number of callers and addresses that a rate distinguishes on one server, in a minute',
    reason:
      'Fixed: the callers of one server in a minute are fewer. An entry takes some 500 bytes and a timer, and one network has more IPv6 addresses than memory has room for.',
    beyond: 'further ones of the minute count together',
  },
  revocations: {
    default: 50_000,
    unit: 'revocations',
    of: 'number of revocations at a time',
    reason:
      'Fixed: each ends after 28 hours, and one revocation of a client covers all its users. Each server keeps all of them in memory, some 150 bytes each.',
    beyond: '`entra-graphql revoke` refuses to add one.',
  },
  revocationRetryMs: {
    default: 1_000,
    unit: 'milliseconds',
    of: 'wait before the revocations are read again after a failure',
    reason: 'Fixed: a revocation has to be known soon after an outage, and one connection a second costs little.',
    beyond: 'the next attempt',
  },
  idempotencyKeyLength: {
    default: 100,
    unit: 'characters',
    of: 'length of an `idempotencyKey`',
    reason:
      'Fixed: clients use a GUID, with 36 characters. The database keeps each key for a day, and has the same bound.',
    beyond: 'error `BAD_USER_INPUT`',
  },
  databaseAnswerSeconds: {
    default: 3,
    unit: 'seconds',
    of: 'time for the database to take a connection or to begin a transaction',
    reason:
      'Fixed: a database that lives answers at once, so a longer silence is a broken connection on every network.',
    beyond: '503 or an error of the field',
  },

  ownerConnectionSeconds: {
    default: 10,
    unit: 'seconds',
    of: 'time for the database to take a connection of `migrate` or `revoke`',
    reason:
      'Fixed: nothing else waits for these commands, and a database that has just been started may take some seconds.',
    beyond: 'The command ends with advice on host, port and firewall.',
  },
  idleConnectionSeconds: {
    default: 30,
    unit: 'seconds',
    of: 'time for which an unused database connection is kept',
    reason: 'Fixed: a new connection takes milliseconds, and PostgreSQL has a process for each that is open.',
    beyond: 'The connection is closed.',
  },
  databaseTokenSeconds: {
    default: 20,
    unit: 'seconds',
    of: 'time for an access token that is the password of the database',
    reason: 'Fixed: an endpoint that has not answered by then does not answer, and connections would wait with it.',
    beyond: 'the connection fails, as when the database cannot be reached',
  },
  identityMessageLength: {
    default: 100,
    unit: 'characters',
    of: 'length of a message of `@azure/identity` in an error or a log line',
    reason: 'Fixed: the beginning says what failed. The rest can be anything that an endpoint answered.',
    beyond: 'cut',
  },

  // Operations
  operationCost: {
    default: 20_000,
    unit: 'points',
    of: 'cost of the operation',
    reason:
      'A field is a point and an object one more, a leaf a tenth, a policy two points, times the sizes of the lists around them: some 10 µs a point.',
    beyond: '400',
    range: [10, 100_000_000],
  },
  subscriptionCost: {
    default: 1_000,
    unit: 'points',
    of: 'cost of one event of the subscription',
    reason:
      'Each change runs the operation again for each subscription, and a caller may have LIMIT_CALLER_SUBSCRIPTIONS.',
    beyond: '`error` message',
    range: [10, 100_000_000],
  },
  operationDepth: {
    default: 12,
    unit: 'levels',
    of: 'depth of the operation',
    reason:
      'Each level can multiply what the one above it costs. Inline fragments are levels too, introspection is not.',
    beyond: '400',
    range: [3, 100],
  },
  operationAliases: {
    default: 200,
    unit: 'aliases',
    of: 'number of aliases in the operation',
    reason:
      'Fixed: it follows the sizes that you set. Aliases repeat a field in a few bytes. Those of a fragment count as often as it is spread.',
    beyond: '400',
    grows: { with: ['documentBytes', 'mutationFields'], to: 10_000 },
  },
  operationDirectives: {
    default: 50,
    unit: 'directives',
    of: 'number of directives in the operation',
    reason:
      'Fixed: it follows the size that you set. Directives are read again for each object. Those of a fragment count as often as it is spread.',
    beyond: '400',
    grows: { with: ['documentBytes'], to: 1_000 },
  },
  documentComparisons: {
    default: 500_000,
    unit: 'steps',
    of: "number of graphql-js's steps to compare fields and fragments with each other",
    reason: 'Fixed: graphql-js decides it, for documents whose fragments hide their equal fields.',
    beyond: '400',
  },
  mutationFields: {
    default: 20,
    unit: 'fields',
    of: 'number of root fields in the mutation',
    reason: 'They run one after the other, each in a transaction of its own.',
    beyond: '400',
    range: [1, 1000],
  },
  introspectionCost: {
    default: 100_000,
    unit: 'points',
    of: 'cost of introspection',
    reason:
      'Fixed: the query that tools send has less than half of it, however large the schema is. Another list below its lists has ten times as much.',
    beyond: '400',
  },
  entityRepresentations: {
    default: 1_000,
    unit: 'representations',
    of: 'number of representations of one `_entities` field',
    reason: 'Each is decided and looked up, and a router sends those of a whole answer at once.',
    beyond: '200 with an error of the field',
    range: [1, 100_000],
  },
  introspectionDepth: {
    default: 2,
    unit: 'lists',
    of: 'number of lists of fields, arguments or types within each other in introspection',
    reason: 'Fixed: graphql-js decides it, and tools have two within each other. Each list multiplies the answer.',
    beyond: '400',
  },
  introspections: {
    default: 1,
    unit: 'of each kind',
    of: 'number of `__schema`, `__type` or `_service` fields',
    reason: 'Fixed: tools ask for the schema once. Each answers with all of it.',
    beyond: '400',
  },
  introspectionAliases: {
    default: 0,
    unit: 'aliases',
    of: 'number of aliases within introspection',
    reason: 'Fixed: tools have none there. Each alias repeats the whole schema.',
    beyond: '400',
  },
  assumedListSize: {
    default: 10,
    unit: 'items',
    of: 'number of items that a list is taken to have where the schema has no `@listSize`',
    reason: 'A list without arguments has a cost too. It is not a bound itself but decides about the cost.',
    beyond: '-',
    range: [1, 10_000],
  },
  documentFragments: {
    default: 100,
    unit: 'fragments',
    of: 'number of fragments that the document defines, or names that it spreads',
    reason:
      'Fixed: it follows the size that you set. Validation compares fragments with each other, which takes the square of their number.',
    beyond: '400',
    grows: { with: ['documentBytes'], to: 1_000 },
  },
  documentFieldPairs: {
    default: 50_000,
    unit: 'pairs',
    of: 'number of pairs of fields with the same response path',
    reason:
      'Fixed: it follows the size that you set. Validation compares each pair, and 316 equal fields are 49 770 pairs already. With arguments or selections a pair counts as four.',
    beyond: '400',
    grows: { with: ['documentBytes'], to: 800_000 },
  },

  // Documents and errors
  documentBytes: {
    default: 64 * KIB,
    unit: 'bytes',
    of: 'size of the GraphQL document',
    reason: 'A document is read, validated and planned as a whole, comments included.',
    beyond: '413',
    range: [1 * KIB, 1 * MIB],
  },
  documentTokens: {
    default: 4_000,
    unit: 'tokens, and as many comments,',
    of: 'number of tokens or comments in the GraphQL document',
    reason:
      'Fixed: it follows the size that you set. Validation and planning take time for each token, and each token takes memory until then.',
    beyond: '400',
    grows: { with: ['documentBytes'], to: 50_000 },
  },
  documentLines: {
    default: 4_000,
    unit: 'lines',
    of: 'number of lines in the GraphQL document',
    reason: 'Fixed: it follows the size that you set. Lines are counted again for the position of each error.',
    beyond: '400',
    grows: { with: ['documentBytes'], to: 50_000 },
  },
  documentNesting: {
    default: 200,
    unit: 'levels',
    of: 'number of brackets within each other in the GraphQL document',
    reason:
      'Fixed: each level of an operation has one or two brackets, and LIMIT_OPERATION_DEPTH ends at 100 levels. The parser reads brackets within brackets on its stack, which has an end.',
    beyond: '400',
  },
  variableValues: {
    default: 5_000,
    unit: 'values',
    of: 'number of values in the variables',
    reason:
      'Fixed: it follows the sizes that you set. graphql-js reads all of them, and writes all keys of an object that does not fit into each error.',
    beyond: '400',
    grows: { with: ['requestBodyBytes', 'entityRepresentations'], to: 100_000 },
  },
  variableDepth: {
    default: 32,
    unit: 'levels',
    of: 'depth of the variables',
    reason:
      'Fixed: forms have a few levels. Input types that contain themselves let clients nest until the stack ends.',
    beyond: '400',
  },
  coercionErrors: {
    default: 50,
    unit: 'errors',
    of: 'number of errors that variables are read for',
    reason: 'Fixed: graphql-js decides it. `refusalErrors` bounds how many of them are in an answer.',
    beyond: 'not looked for',
  },
  refusalErrors: {
    default: 5,
    unit: 'errors',
    of: 'number of errors that refuse an operation',
    reason:
      'Fixed: people mend a few mistakes at a time. Clients decide how many they make, and a hundred of them take 5 ms to find. Validation stops at the first one more, and the last error says that there are more.',
    beyond: 'left out',
  },
  fieldErrors: {
    default: 100,
    unit: 'errors',
    of: 'number of errors of fields in an answer',
    reason:
      'Fixed: clients show a few, and `extensions.omittedErrors` counts the others. Aliases repeat a field that fails. The log has one line.',
    beyond: 'left out and counted',
  },
  errorMessageLength: {
    default: 300,
    unit: 'characters',
    of: 'length of an error message',
    reason:
      'Fixed: people read it, and texts of the server are shorter. A message may repeat a name or a value that the client sent.',
    beyond: 'cut',
  },
  errorLocations: {
    default: 5,
    unit: 'locations',
    of: 'number of places in the document that an error names',
    reason:
      'Fixed: people look at one or two. An error about many fields has the place of each, which is many bytes for few.',
    beyond: 'left out',
  },
  documentCacheBytes: {
    default: cacheBytes(16 * MIB),
    ...CACHE,
    of: 'memory for parsed documents',
    reason:
      'Fixed: a document that is forgotten is only parsed again. One that came twice is kept parsed, so that it is not validated again.',
  },
  seenDocuments: {
    default: 10_000,
    unit: 'documents',
    of: 'number of remembered hashes of documents that came once',
    reason:
      'Fixed: a document that is forgotten is only kept one request later. Until a document comes again, its hash of 64 characters is enough.',
    beyond: 'forgotten',
  },
  validatedQueryCacheBytes: {
    default: cacheBytes(16 * MIB),
    ...CACHE,
    of: 'memory for queries of the fast path',
    reason:
      'Fixed: a query that is forgotten only goes through Apollo Server again. One that was answered without an error is found by its text.',
  },
  persistedQueryCacheBytes: {
    default: cacheBytes(4 * MIB),
    ...CACHE,
    of: 'memory for the texts of automatic persisted queries',
    reason:
      'Fixed: clients send a text again when its hash is not known, so one that is forgotten costs a request. Clients register texts at will.',
  },
  compiledQueryCacheBytes: {
    default: cacheBytes(16 * MIB),
    ...CACHE,
    of: 'memory for compiled queries',
    reason:
      'Fixed: a query that is forgotten is only compiled again. It is compiled for each type and each condition, which takes more memory than its text.',
  },
  compiledQueryFields: {
    default: 300,
    unit: 'fields',
    of: 'number of fields of a query that is compiled',
    reason:
      'Fixed: a larger query is answered as well. Clients choose the queries, and each field takes time and memory to compile.',
    beyond: 'It runs without being compiled.',
  },
  compiledQueryVariants: {
    default: 4,
    unit: 'combinations',
    of: 'number of values of `@skip` and `@include` for which a query is compiled',
    reason:
      'Fixed: others are answered as well. Clients choose the values, and each combination is another compiled query.',
    beyond: 'It runs without being compiled.',
  },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof LIMITS;

/** The value of every bound, by name. */
export type Limits = Readonly<Record<LimitName, number>>;

const NAMES = Object.keys(LIMITS) as LimitName[];

const settingName = (name: LimitName) => `LIMIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The environment variable that sets a bound: `requestBodyBytes` is set by `LIMIT_REQUEST_BODY_BYTES`. */
export function limitSetting(name: LimitName): string | undefined {
  const limit: Limit = LIMITS[name];
  return limit.range && settingName(name);
}

/** The environment variables that a fixed bound follows, the most usual one first. */
export function followedSettings(name: LimitName): readonly string[] {
  return followed(name).map(settingName);
}

function followed(name: LimitName): readonly FollowedSetting[] {
  const { grows, partOf }: Limit = LIMITS[name];
  return partOf ? [partOf] : (grows?.with ?? []);
}

/**
 * Returns the environment variable that raises a bound above its present value. Undefined if it is at its largest value, or
 * none sets it.
 */
export function raisingSetting(name: LimitName, limits: Limits): string | undefined {
  const largest = (setting: LimitName) => {
    const { range }: Limit = LIMITS[setting];
    return range?.[1] ?? 0;
  };
  if (limitSetting(name)) return limits[name] < largest(name) ? limitSetting(name) : undefined;
  const raises = (setting: FollowedSetting) =>
    following(name, { ...limits, [setting]: largest(setting) }) > limits[name];
  const setting = followed(name).find(raises);
  return setting && settingName(setting);
}

/** Returns the fixed bound that an environment variable of this name would set. */
export function findFixedLimit(setting: string): LimitName | undefined {
  return NAMES.find((name) => settingName(name) === setting && !limitSetting(name));
}

/** Returns every bound: those that are given, and the others at their defaults or as far as they follow the given ones. */
export function completeLimits(given: Partial<Limits>): Limits {
  const entries = NAMES.map((name) => [name, given[name] ?? following(name, given)] as const);
  return Object.fromEntries(entries) as Record<LimitName, number>;
}

function following(name: LimitName, given: Partial<Limits>): number {
  const { default: usual, grows, partOf }: Limit = LIMITS[name];
  const ratio = (setting: FollowedSetting) => (given[setting] ?? LIMITS[setting].default) / LIMITS[setting].default;
  if (partOf) return Math.floor(usual * ratio(partOf));
  if (!grows) return usual;
  return Math.min(grows.to, Math.floor(usual * Math.max(1, ...grows.with.map(ratio))));
}

/** Every bound at its default. */
export const defaultLimits: Limits = completeLimits({});

/** Checks of the `LIMIT_` settings, by name of the environment variable. */
export const limitShape: Readonly<Record<string, z.ZodType<number | undefined, string | undefined>>> =
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const { range }: Limit = LIMITS[name];
      return range ? [[settingName(name), whole(...range).optional()] as const] : [];
    }),
  );

/** @param values of the settings, checked by {@link limitShape} */
export function toLimits(values: Readonly<Record<string, unknown>>): Limits {
  const given = NAMES.flatMap((name) => {
    const value = values[limitSetting(name) ?? ''];
    return typeof value === 'number' ? [[name, value] as const] : [];
  });
  return completeLimits(Object.fromEntries(given));
}
