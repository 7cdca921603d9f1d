import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { createTokenVerifier } from '../workload/verify-token.mjs';

/**
 * PostGraphile, which makes its schema of the tables: claims become settings of the transaction, and the same row-level
 * security decides. fast-jwt remembers verified tokens.
 */
export async function start(settings, { DATABASE_URL }) {
  const verify = await createTokenVerifier(settings);
  const preset = {
    extends: [PostGraphileAmberPreset],
    // Without it, a condition has only columns with an index: then auditors could not leave out what is deleted.
    disablePlugins: ['PgIndexBehaviorsPlugin'],
    pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ['public'], poolConfig: { max: 10 } })],
    grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
    grafast: {
      explain: false,
      context({ node: { req } = {} }) {
        const { tid, oid, roles, acct, scp } = verify(req.headers.authorization);
        if (!/\bExpenses\.Read/.test(scp)) throw new Error('FORBIDDEN');
        return {
          pgSettings: {
            'entra.tenant_id': tid,
            'entra.object_id': oid,
            'entra.kind': acct === 1 ? 'guest' : 'member',
            'entra.roles': JSON.stringify(roles),
            'entra.permissions': '',
          },
        };
      },
    },
  };
  const server = createServer();
  const instance = postgraphile(preset);
  await instance.createServ(grafserv).addTo(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}
