import { buildASTSchema, concatAST, parse } from 'graphql';
import { serverSchemaFiles } from '../../graphql/schema/schema-files.js';
import { CommandError } from '../command-failure.js';

/** The forms that the name of a resource takes in a project. */
export interface ResourceNames {
  /** `purchase-order`: files and folders. */
  readonly file: string;
  /** `PurchaseOrder`: the type. */
  readonly type: string;
  /** `purchaseOrders`: the field that lists them. A plural that is wrong shows here. */
  readonly list: string;
  /** The text of a template, with the names of this resource in place of those of the sample. */
  fill(text: string): string;
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MOST = 40;

/** Words of the templates. A form of the sample's name becomes the same form of the new name. */
const SAMPLE = { one: ['sample', 'thing'], many: ['sample', 'things'] };

/**
 * Reads the name of a resource, in the singular.
 *
 * @throws CommandError for a name that cannot be one
 */
export function parseResourceName(name: string): ResourceNames {
  if (!NAME.test(name) || name.length > MOST) {
    throw new CommandError(
      `"${name.slice(0, MOST)}" cannot name a resource. Give a noun in the singular: lower-case letters, digits and single dashes, at most ${MOST}, as in purchase-order.`,
    );
  }
  const one = name.split('-');
  const many = [...one.slice(0, -1), plural(one.at(-1) ?? '')];
  const type = pascal(one);
  const taken = [type, ...[one, many].map(camel)].find((word) => namesOfServer().has(word));
  if (taken)
    throw new CommandError(
      `"${name}" cannot name a resource: the server has a type or field ${taken} already. Choose another.`,
    );
  const forms = [pascal, camel, snake, kebab, spaced, sentence];
  // The plural first: it contains the singular.
  const pairs = [
    ...forms.map((form) => [form(SAMPLE.many), form(many)] as const),
    ...forms.map((form) => [form(SAMPLE.one), form(one)] as const),
  ];
  return {
    file: kebab(one),
    type,
    list: camel(many),
    fill: (text) => pairs.reduce((filled, [from, to]) => filled.replaceAll(from, to), text),
  };
}

/** The types and root fields that every API has, and those of GraphQL. */
function namesOfServer(): ReadonlySet<string> {
  const schema = buildASTSchema(concatAST(serverSchemaFiles().map(({ text }) => parse(text))));
  const fields = Object.keys(schema.getQueryType()?.getFields() ?? {});
  return new Set([...Object.keys(schema.getTypeMap()), 'Mutation', 'Subscription', ...fields]);
}

function plural(word: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const pascal = (words: readonly string[]) => words.map(capital).join('');
const camel = (words: readonly string[]) => pascal(words).charAt(0).toLowerCase() + pascal(words).slice(1);
const snake = (words: readonly string[]) => words.join('_');
const kebab = (words: readonly string[]) => words.join('-');
const spaced = (words: readonly string[]) => words.join(' ');
const sentence = (words: readonly string[]) => capital(spaced(words));
