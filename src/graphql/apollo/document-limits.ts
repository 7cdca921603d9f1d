import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoFragmentCyclesRule,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import { type DocumentShape, measureDocument } from '../cost/document-shape.js';
import { keepOnly } from './field-errors.js';

/** Both halves of the bounds on documents: give them to `ApolloServer`. */
export interface DocumentLimits {
  readonly validationRules: readonly ValidationRule[];
  readonly plugin: ApolloServerPlugin<BaseContext>;
  /** Validates a document against another schema than that of the server, within the same bounds. */
  validate(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[];
  /** Returns the error of a document beyond a bound. It is measured once. */
  check(document: DocumentNode): LimitError | undefined;
}

/** Validation ends when there are as many errors as its caller allows, which is a hundred unless it says otherwise. */
const MORE_ERRORS_THAN_ALLOWED = 10_000;

/**
 * Refuses documents that are too deep or have too many aliases, directives, fragments or fields of the same name. This
 * comes before validation, which compares fields and fragments with each other and is quadratic. It also comes before the
 * caller is looked at, because nothing of such a document runs.
 */
export function createDocumentLimits(limits: Limits, describeLimit: DescribeLimit): DocumentLimits {
  const known = new WeakMap<DocumentNode, LimitError | 'within'>();
  const cyclic = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const check: DocumentLimits['check'] = (document) => {
    const verdict = known.get(document) ?? findBeyond(measureDocument(document), limits, describeLimit) ?? 'within';
    known.set(document, verdict);
    return verdict === 'within' ? undefined : verdict;
  };
  return {
    check,
    validate(schema, document) {
      const cycles = findFragmentCycles(schema, document, limits);
      if (cycles.length > 0) return cycles;
      const errors = validate(schema, document, specifiedRules, { maxErrors: limits.refusalErrors });
      const refused = boundOfLibrary(errors, describeLimit);
      return refused ? [asError(refused)] : errors;
    },
    validationRules: [createRule(check, cyclic, limits)],
    plugin: {
      requestDidStart: async () => ({
        validationDidStart:
          async ({ document }) =>
          async (errors) => {
            if (!errors) return;
            // Validation was stopped by a heap of equal errors; the client gets each once.
            const refused = check(document) ?? boundOfLibrary(errors, describeLimit);
            const alone = refused ? [asError(refused)] : cyclic.get(document);
            if (alone) keepOnly(errors, alone);
          },
        async didEncounterErrors({ errors }) {
          // Apollo Server gives every error of validation its own code. Errors of resolvers come here too and keep theirs,
          // and those of another kind have no extensions.
          for (const { extensions } of errors) {
            if (extensions?.limit && extensions.code === ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED) {
              extensions.code = 'LIMIT_EXCEEDED';
            }
          }
        },
      }),
    },
  };
}

/**
 * Stops validation at the document's node, before anything within it is visited. It does so beyond a bound and when
 * fragments spread each other in a ring, on which graphql-js's comparison of fields runs out of stack.
 */
function createRule(
  check: DocumentLimits['check'],
  cyclic: WeakMap<DocumentNode, readonly GraphQLError[]>,
  limits: Pick<Limits, 'refusalErrors'>,
): ValidationRule {
  return (context) => ({
    Document(document) {
      const refused = check(document);
      const errors = refused ? [asError(refused)] : findFragmentCycles(context.getSchema(), document, limits);
      const [first] = errors;
      if (!first) return;
      if (!refused) cyclic.set(document, errors);
      for (let reported = 0; reported < MORE_ERRORS_THAN_ALLOWED; reported += 1) context.reportError(first);
    },
  });
}

/** Bounds that graphql-js keeps for itself, by the message with which it refuses a document. */
const LIBRARY_BOUNDS = [
  ['Validation aborted.', 'documentComparisons'],
  ['Maximum introspection depth exceeded', 'introspectionDepth'],
] as const satisfies readonly (readonly [message: string, limit: LimitName])[];

function boundOfLibrary(errors: readonly Error[], describeLimit: DescribeLimit): LimitError | undefined {
  const bound = LIBRARY_BOUNDS.find(([message]) => errors.some((error) => error.message === message));
  return bound && describeLimit(bound[1]);
}

function asError(refused: LimitError): GraphQLError {
  return new GraphQLError(refused.message, refused);
}

function findFragmentCycles(
  schema: GraphQLSchema,
  document: DocumentNode,
  { refusalErrors }: Pick<Limits, 'refusalErrors'>,
): readonly GraphQLError[] {
  const hasFragments = document.definitions.some(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return hasFragments ? validate(schema, document, [NoFragmentCyclesRule], { maxErrors: refusalErrors }) : [];
}

/** In the order in which they are looked for. */
const BOUNDS: readonly (keyof DocumentShape & LimitName)[] = [
  'operationDepth',
  'operationAliases',
  'operationDirectives',
  'documentFragments',
  'documentFieldPairs',
];

function findBeyond(shape: DocumentShape, limits: Limits, describeLimit: DescribeLimit): LimitError | undefined {
  const beyond = BOUNDS.find((name) => shape[name] > limits[name]);
  return beyond && describeLimit(beyond, shape[beyond]);
}
