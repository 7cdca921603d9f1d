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
      'Fixed: an operation can repeat a denied field thousands of times. `extensions.authorization.omitted` counts the others.',
    beyond: 'left out and counted',
  },
  policyMilliseconds: {
    default: 5_000,
    unit: 'milliseconds',
    of: 'time of a policy',
    reason:
      'Fixed: a field waits for its policies. `policyTimeoutMs` sets it where authorization is used without the server.',
    beyond: 'An error of the field, with the code `SERVICE_UNAVAILABLE`.',
  },
  fragmentNarrowings: {
    default: 8,
    unit: 'sets of types',
    of: 'number of sets of types for which a fragment is planned',
    reason: 'Fixed: each place of a fragment can narrow its types in another way, and each way is another plan.',
    beyond: 'All types of its condition count, which needs more permissions and never fewer.',
  },
  permissionHolders: {
    default: 1_000,
    unit: 'callers',
    of: 'number of kinds of callers that the permission matrix names for one field',
    reason: 'Fixed: alternatives of several rules multiply, and people could not review so many.',
    beyond: 'The rules are shown as they are written.',
  },
  mayCoordinates: {
    default: 200,
    unit: 'coordinates',
    of: 'number of coordinates in `me.may`',
    reason: 'Fixed: each has a value in the answer, and a page asks about its own buttons.',
    beyond: 'An error of the field, with the code `LIMIT_EXCEEDED`.',
  },
  planCacheBytes: {
    default: 16 * MIB,
    unit: 'bytes',
    of: 'memory for the authorization plans of operations',
    reason:
      'Fixed: a document of many operations that share a fragment makes a plan of the fragment for each of them. A plan that is forgotten is made again.',
    beyond: 'forgotten',
  },
  permittedSchemaCacheBytes: {
    default: 32 * MIB,
    unit: 'bytes',
    of: 'memory for the schemas of what callers may use',
    reason:
      'Fixed: with GRAPHQL_INTROSPECTION=permitted, each set of permissions has a schema of its own. One that is forgotten is built again.',
    beyond: 'forgotten',
  },
  comparedTextLength: {
    default: 100,
    unit: 'characters',
    of: 'length of an argument by which a field that was denied before is recognised',
    reason: 'Fixed: aliases repeat a field in a few bytes, and each would cost as much as its arguments are long.',
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
