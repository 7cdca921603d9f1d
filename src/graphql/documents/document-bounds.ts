import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { GraphQLError, type ParseOptions } from 'graphql';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import { isNestedDeeper } from './document-nesting.js';

export interface DocumentBounds {
  /** Bounds that the parser keeps, at the first token too many. */
  readonly parseOptions: ParseOptions;
  /** Returns the error of a text that is too long to be parsed. */
  check(text: unknown): GraphQLError | undefined;
  /** Words errors of the parser's bounds like those of all other bounds. */
  readonly plugin: ApolloServerPlugin<BaseContext>;
}

/** Content Too Large (RFC 9110 s.15.5.14), and Bad Request for a document that breaks a rule. */
const STATUS = { documentBytes: 413, documentTokens: 400, documentLines: 400, documentNesting: 400 } as const;

/** How graphql-js begins the errors of its bounds, its own misspelling included. */
const PARSER_MESSAGES = [
  'Syntax Error: Document contains more that ',
  'Syntax Error: Document contains more than ',
] as const;

/** Bounds documents by bytes, lines and nesting before they are parsed, and by tokens and comments while they are. */
export function createDocumentBounds(limits: Limits, describeLimit: DescribeLimit): DocumentBounds {
  const fail = (name: keyof typeof STATUS, asked?: number) => {
    const { message, extensions } = describeLimit(name, asked);
    return { message, extensions: { ...extensions, http: { status: STATUS[name] } } };
  };
  const toError = ({ message, extensions }: ReturnType<typeof fail>) => new GraphQLError(message, { extensions });
  return {
    // The type of this version leaves out `maxComments`, which its parser has.
    parseOptions: { maxTokens: limits.documentTokens, ...{ maxComments: limits.documentTokens } },
    check(text) {
      if (typeof text !== 'string') return undefined;
      const bytes = byteLength(text, limits.documentBytes);
      if (bytes > limits.documentBytes) return toError(fail('documentBytes', bytes));
      const lines = countLines(text, limits.documentLines);
      if (lines > limits.documentLines) return toError(fail('documentLines', lines));
      return isNestedDeeper(text, limits.documentNesting) ? toError(fail('documentNesting')) : undefined;
    },
    plugin: {
      requestDidStart: async () => ({
        didEncounterErrors: async ({ errors }) => {
          for (const error of errors) {
            const isOfParser = PARSER_MESSAGES.some((words) => error.message.startsWith(words));
            if (isOfParser && error.extensions.code === 'GRAPHQL_PARSE_FAILED') {
              Object.assign(error, fail('documentTokens'));
            }
          }
        },
      }),
    },
  };
}

/** A text has at least as many bytes as characters, so a text within a third of the limit need not be measured. */
function byteLength(text: string, limit: number): number {
  return text.length * 3 <= limit ? text.length : Buffer.byteLength(text);
}

/** Counts line ends as graphql-js does for the positions of errors. These are CR, LF and both together. */
function countLines(text: string, limit: number): number {
  if (text.length < limit) return 1;
  let lines = 1;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === LF || (character === CR && text.charCodeAt(index + 1) !== LF)) lines += 1;
  }
  return lines;
}

const LF = 10;
const CR = 13;
