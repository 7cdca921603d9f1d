import type { CompiledQuery, RawBuilder } from 'kysely';
import { LRUCache } from 'lru-cache';
import { textSize } from '../../values/text-size.js';
import { sql } from '../kysely.js';
import type { Statement } from './statement.js';

/** Stands in a query for a value that is given by name whenever the query is run. */
export type Value = <Type>(name: string) => RawBuilder<Type>;

/** Values by the names that stand for them in a query. */
export type Values = Readonly<Record<string, unknown>>;

/** Queries that were built before. Building one costs more than sending it. */
export interface QueryShapes {
  /**
   * Returns the statement of a query.
   *
   * @param shape distinguishes the query from every other one, whatever the values
   * @param build called for a shape that is not known (any more). Each value has to come from its argument
   * @throws TypeError when a value does not, because it would be sent for other requests too
   */
  statementOf(shape: string, values: Values, build: (value: Value) => CompiledQuery): Statement;
  /** Estimated bytes of the queries that are remembered. */
  readonly size: number;
}

interface BuiltQuery {
  readonly text: string;
  readonly names: readonly string[];
}

/** Estimates in bytes: of an entry with its objects, and of the place of a name, which is a part of the code. */
const BYTES = { entry: 180, name: 8 } as const;

/** @param options.maxBytes of the queries that are remembered. One that is larger alone is built each time */
export function createQueryShapes(options: { readonly max: number; readonly maxBytes: number }): QueryShapes {
  const shapes = new LRUCache<string, BuiltQuery>({
    max: options.max,
    maxSize: options.maxBytes,
    sizeCalculation: ({ text, names }, shape) =>
      BYTES.entry + names.length * BYTES.name + textSize(shape) + textSize(text),
  });
  return {
    statementOf(shape, values, build) {
      let known = shapes.get(shape);
      if (!known) {
        const { sql: text, parameters } = build(placeholder);
        known = { text, names: parameters.map(nameOf) };
        shapes.set(shape, known);
      }
      return { text: known.text, values: known.names.map((name) => valueIn(values, name)) };
    },
    get size() {
      return shapes.calculatedSize;
    },
  };
}

class Placeholder {
  constructor(readonly name: string) {}
}

const placeholder: Value = (name) => sql`${new Placeholder(name)}`;

function valueIn(values: Values, name: string): unknown {
  const value = values[name];
  if (value === undefined) throw new TypeError(`The query has no value for "${name}". Give null where there is none`);
  return value;
}

function nameOf(parameter: unknown): string {
  if (parameter instanceof Placeholder) return parameter.name;
  throw new TypeError('A query holds a value of one request. Give it by name, and let "value" stand for it');
}
