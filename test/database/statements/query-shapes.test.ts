import { sql } from 'kysely';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createStatementNames } from '../../../src/database/connections/statement-names.js';
import { Kysely } from '../../../src/database/kysely.js';
import { createDialect } from '../../../src/database/kysely-dialect.js';
import { createQueryShapes, type Value } from '../../../src/database/statements/query-shapes.js';
import { createKnownColumns } from '../../../src/database/statements/statement-query.js';

interface Tables {
  notes: { id: number; text: string };
}
const kysely = new Kysely<Tables>({ dialect: createDialect(() => Promise.reject(new TypeError('not sent'))) });

function arrange(max = 10, maxBytes = defaultLimits.queryShapeBytes) {
  let builds = 0;
  const shapes = createQueryShapes({ max, maxBytes });
  const noteById = (value: Value) => {
    builds += 1;
    return kysely.selectFrom('notes').select('text').where('id', '=', value<number>('id')).compile();
  };
  return { shapes, noteById, builds: () => builds };
}

describe('a query', () => {
  it('is built once, and sent with the values of each time', () => {
    const { shapes, noteById, builds } = arrange();
    const statements = [1, 2, 3].map((id) => shapes.statementOf('note by id', { id }, noteById));
    expect(statements).toEqual(
      [1, 2, 3].map((id) => ({ text: 'select "text" from "notes" where "id" = $1', values: [id] })),
    );
    expect(builds()).toBe(1);
  });

  it('gets each value at every place that refers to it', () => {
    const { shapes } = arrange();
    const build = (value: Value) => sql`select ${value('b')}, ${value('a')}, ${value('b')}`.compile(kysely);
    expect(shapes.statementOf('three', { a: 1, b: null, c: 3 }, build)).toEqual({
      text: 'select $1, $2, $3',
      values: [null, 1, null],
    });
  });

  it('that holds a value of one request is refused, each time', () => {
    const { shapes } = arrange();
    const build = () => kysely.selectFrom('notes').select('text').where('id', '=', 7).compile();
    for (let time = 0; time < 2; time += 1) {
      expect(() => shapes.statementOf('note seven', {}, build)).toThrow(/holds a value of one request/);
    }
  });

  it('that needs a value which was not given is refused', () => {
    const { shapes, noteById } = arrange();
    expect(() => shapes.statementOf('note by id', { name: 1 }, noteById)).toThrow(/"id"/);
  });

  it('is built again after more other shapes than are kept', () => {
    const { queryShapes } = defaultLimits;
    const { shapes, noteById, builds } = arrange(queryShapes);
    const ask = (shape: number) => shapes.statementOf(`shape ${shape}`, { id: 1 }, noteById);
    for (let shape = 0; shape < queryShapes; shape += 1) ask(shape);
    ask(0);
    expect(builds()).toBe(queryShapes);
    ask(queryShapes);
    ask(1);
    expect(builds()).toBe(queryShapes + 2);
  });

  it('is built again after other shapes of more bytes than are kept, and every time if it has more itself', () => {
    const { shapes, noteById, builds } = arrange(10, 5_000);
    const ask = (name: string, length: number) => shapes.statementOf(name.padEnd(length), { id: 1 }, noteById);
    ask('a', 2_000);
    ask('b', 2_000);
    ask('a', 2_000);
    expect(builds()).toBe(2);
    ask('c', 2_000);
    ask('b', 2_000);
    expect(builds()).toBe(4);
    for (let time = 0; time < 2; time += 1) ask('d', 5_000);
    expect(builds()).toBe(6);
  });

  it('has known columns until those of others have more bytes than are kept', () => {
    const column = { name: 'a', dataTypeID: 25, parse: String };
    const columns = createKnownColumns({ max: 10, maxBytes: 10_000 });
    const add = (name: string) => columns.set(name, { list: Array(20).fill(column), blank: {} });
    add('first');
    add('second');
    expect(columns.has('first')).toBe(true);
    add('third');
    expect([columns.has('first'), columns.has('second')]).toEqual([false, true]);
  });

  it('is remembered for its name until the texts of others have more bytes than are kept', () => {
    const names = createStatementNames({ limit: 10, maxBytes: 5_000, lifeMs: 0 });
    const client = {} as pg.PoolClient;
    const nameOf = (text: string, length: number) => names.nameOn(client, text.padEnd(length));
    expect([nameOf('a', 2_000), nameOf('a', 2_000)]).toEqual([undefined, 'entra_1']);
    for (const text of ['b', 'c']) nameOf(text, 2_000);
    expect([nameOf('a', 2_000), nameOf('a', 2_000)]).toEqual([undefined, 'entra_2']);
    expect([nameOf('d', 5_000), nameOf('d', 5_000)]).toEqual([undefined, undefined]);
  });

  it('is prepared on a connection until the texts there have more bytes than it may keep, and then on another one', () => {
    // A text has 150 bytes beside its characters.
    const names = createStatementNames({ limit: 10, maxBytes: 5_000, lifeMs: 0 });
    const [client, next] = [{} as pg.PoolClient, {} as pg.PoolClient];
    const nameOf = (text: string, length: number, on = client) => {
      for (let time = 0; time < 2; time += 1) names.nameOn(on, text.padEnd(length));
      return names.nameOn(on, text.padEnd(length));
    };
    // Just within: 2 * 2 500 bytes.
    expect([nameOf('a', 2_350), nameOf('b', 2_350), names.isOutdated(client)]).toEqual(['entra_1', 'entra_2', false]);
    // Just beyond.
    expect([nameOf('c', 1), names.isOutdated(client)]).toEqual([undefined, true]);
    expect(nameOf('b', 2_350)).toBe('entra_2');
    expect([nameOf('c', 1, next), names.isOutdated(next)]).toEqual(['entra_3', false]);
  });
});
