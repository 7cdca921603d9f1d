// Fills each cache of database statements and prints its estimate beside the heap that it really takes. Run with --expose-gc.
import type pg from 'pg';
import { createStatementNames } from '../../../src/database/connections/statement-names.js';
import { Kysely, sql } from '../../../src/database/kysely.js';
import { createDialect } from '../../../src/database/kysely-dialect.js';
import { createQueryShapes } from '../../../src/database/statements/query-shapes.js';
import { createKnownColumns, StatementQuery } from '../../../src/database/statements/statement-query.js';
import { type MakeFull, printRatio } from './measure-heap.js';

const COUNT = 1_000;
const ROOM = { max: COUNT, maxBytes: 512 * 1024 * 1024 };

const repeat = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

/** Statements by what they mostly consist of. Each has a number of its own, so that no two are equal. */
const KINDS: Readonly<Record<string, { readonly columns: number; text(nth: number): string }>> = {
  'a usual statement': {
    columns: 12,
    text: (nth) =>
      `select "id", "title", "status", "created_at" from "expense_reports" where "status" = $1 order by "id" limit ${nth}`,
  },
  'many columns': {
    columns: 100,
    text: (nth) => `select ${repeat(100, (column) => `"reports"."a_column_${column}"`).join(', ')} limit ${nth}`,
  },
  'text of two bytes': { columns: 1, text: (nth) => `select ${'"€", '.repeat(500)} limit ${nth}` },
};

const kysely = new Kysely({ dialect: createDialect(() => Promise.reject(new TypeError('not sent'))) });
const client = { getTypeParser: () => String } as unknown as pg.ClientBase;
/** A text of its own in the heap. */
const read = (text: Buffer): string => JSON.parse(String(text));

type Fill = (statements: { readonly texts: readonly Buffer[]; readonly columns: number }) => MakeFull;

/** How each cache is filled with statements. */
const CACHES: Readonly<Record<string, Fill>> = {
  'query shapes': ({ texts, columns }) => {
    const values = Object.fromEntries(repeat(columns, (nth) => [`value${nth}`, nth]));
    const { parameters } = sql`${sql.join(Object.keys(values))}`.compile(kysely);
    return () => {
      const shapes = createQueryShapes(ROOM);
      for (const [nth, text] of texts.entries()) {
        shapes.statementOf(`expense reports of page ${nth}`, values, (value) => ({
          ...sql`${sql.join(parameters.map((name) => value(String(name))))}`.compile(kysely),
          sql: read(text),
        }));
      }
      return shapes;
    };
  },
  'columns of prepared statements':
    ({ texts, columns }) =>
    () => {
      const known = createKnownColumns(ROOM);
      for (const nth of texts.keys()) {
        const query = new StatementQuery(
          client,
          known,
          { name: `entra_${nth}`, text: '', values: [] },
          () => undefined,
        );
        // The driver makes a text of each name that PostgreSQL sends.
        // Its own, because V8 keeps the names of equal objects once.
        const name = (column: number) => read(Buffer.from(`"its_${nth}_column_${column}"`));
        const fields = repeat(columns, (column) => ({ name: name(column), dataTypeID: 25 }));
        query.handleRowDescription({ fields });
      }
      return {
        known,
        get size() {
          return known.calculatedSize;
        },
      };
    },
  'texts that may be prepared':
    ({ texts }) =>
    () => {
      const names = createStatementNames({ limit: COUNT, maxBytes: ROOM.maxBytes, lifeMs: 0 });
      const connection = {} as pg.ClientBase;
      // A text gets its name when it comes again.
      for (const text of [...texts, ...texts]) names.nameOn(connection, read(text));
      return names;
    },
};

for (const [cache, fillWith] of Object.entries(CACHES)) {
  for (const [kind, { columns, text }] of Object.entries(KINDS)) {
    const texts = (count: number, from: number) =>
      repeat(count, (nth) => Buffer.from(JSON.stringify(text(from + nth))));
    // Once to warm up: what V8 compiles is in the heap too.
    await fillWith({ texts: texts(20, 0), columns })();
    await printRatio({ cache, kind }, fillWith({ texts: texts(COUNT, 1_000), columns }));
  }
}
