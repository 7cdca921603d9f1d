import DataLoader from '../../node_modules/dataloader/index.js';
import pg from '../../node_modules/pg/lib/index.js';

/**
 * A table of who owns what, in PostgreSQL.
 *
 * @param {string} connectionString of a login that may make tables
 */
export function openOwners(connectionString) {
  const pool = new pg.Pool({ connectionString, max: 1 });
  return {
    /** Makes the table anew, with so many rows that one owner has. */
    async fill(count) {
      await pool.query('drop table if exists bench_owners');
      await pool.query('create table bench_owners (id integer primary key, owner text not null)');
      await pool.query(`insert into bench_owners select id, 'me' from generate_series(0, $1::integer - 1) as id`, [
        count,
      ]);
    },
    /** Returns a loader of the owners by id, for one request: one statement for all that are asked for in a turn. */
    createLoader() {
      return new DataLoader(async (ids) => {
        const { rows } = await pool.query({ name: 'owners', text: SELECT, values: [ids] });
        const found = new Map(rows.map(({ id, owner }) => [id, owner]));
        return ids.map((id) => found.get(id));
      });
    },
  };
}

const SELECT = 'select id, owner from bench_owners where id = any($1::integer[])';
