import { cacheBytes } from '../values/cache-bytes.js';

const MIB = 1024 * 1024;

/**
 * Bounds on the denials in an answer, on policies, and on what is kept of operations. `config/limits.ts` collects them, and
 * its `Limit` says what a row means.
 */
export const AUTHORIZATION_LIMITS = {
  denials: {
    default: 20,
    unit: 'errors',
    of: 'number of denials in an answer',
    reason:
      'Fixed: one denial tells a client what to ask for, and `extensions.authorization.omitted` counts the others. An operation can repeat a denied field thousands of times.',
    beyond: 'left out and counted',
  },
  policyMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time of a policy',
    reason:
      'Fixed: a field waits for its policies, so a slower one needs a cache of its own. `policyTimeoutMs` sets it where authorization is used without the server.',
    beyond: 'An error of the field, with the code `SERVICE_UNAVAILABLE`.',
  },
  fragmentNarrowings: {
    default: 8,
    unit: 'sets of types',
    of: 'number of sets of types for which a fragment is planned',
    reason:
      'Fixed: people narrow a fragment in one way or a few. Each place of a fragment can narrow its types in another way, and each way is another plan.',
    beyond: 'All types of its condition count, which needs more permissions and never fewer.',
  },
  permissionHolders: {
    default: 1_000,
    unit: 'callers',
    of: 'number of kinds of callers that the permission matrix names for one field',
    reason: 'Fixed: people could not review so many, whatever the schema. Alternatives of several rules multiply.',
    beyond: 'The rules are shown as they are written.',
  },
  mayCoordinates: {
    default: 200,
    unit: 'coordinates',
    of: 'number of coordinates in `me.may`',
    reason: 'Fixed: a page asks about its own buttons, and can ask again for more. Each has a value in the answer.',
    beyond: 'An error of the field, with the code `LIMIT_EXCEEDED`.',
  },
  planCacheBytes: {
    default: cacheBytes(16 * MIB),
    unit: 'bytes',
    of: 'memory for the authorization plans of operations, and as much for their costs',
    reason:
      'Fixed: a plan that is forgotten is only made again. A document of many operations that share a fragment makes a plan of the fragment for each of them.',
    beyond: 'forgotten',
  },
  permittedSchemaCacheBytes: {
    default: cacheBytes(32 * MIB),
    unit: 'bytes',
    of: 'memory for the schemas of what callers may use',
    reason:
      'Fixed: a schema that is forgotten is only built again. With GRAPHQL_INTROSPECTION=permitted, each set of permissions has a schema of its own.',
    beyond: 'forgotten',
  },
  comparedTextLength: {
    default: 100,
    unit: 'characters',
    of: 'length of an argument by which a field that was denied before is recognised',
    reason:
      'Fixed: beyond it a field is only judged again. Aliases repeat a field in a few bytes, and each would cost as much as its arguments are long.',
    beyond: 'The field is judged again.',
  },
  sharedDecisions: {
    default: 16,
    unit: 'decisions',
    of: 'number of denials that are kept of one rule, for callers that lack the same',
    reason: 'Fixed: a rule has few permissions, so callers can lack few combinations of them.',
    beyond: 'not kept: the denial is made again',
  },
} as const;
