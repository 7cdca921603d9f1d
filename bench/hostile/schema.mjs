import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '../../node_modules/@graphql-tools/schema/esm/index.js';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

/** A schema with a leaf that is open, one that the token denies and one that a policy denies. */
export function hostileSchema() {
  const typeDefs = `
    type Query { items: [Item!]! @authenticated }
    type Item {
      id: ID
      closed: Int @requiresRoles(roles: [["Nobody"]])
      judged: Int @policy(policies: [["never"]])
    }`;
  return makeExecutableSchema({ typeDefs: [DIRECTIVES, typeDefs] });
}

export const rootValue = { items: Array.from({ length: 20 }, (_, id) => ({ id, closed: id, judged: id })) };

/** @param {string} field with its selection, if it has one */
export function aliases(count, field) {
  return `{ ${Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(' ')} }`;
}

/** A user without roles. */
export const hostileCaller = {
  kind: 'delegated',
  tenantId: '11111111-1111-4111-8111-111111111111',
  objectId: '22222222-2222-4222-8222-222222222222',
  clientId: '33333333-3333-4333-8333-333333333333',
  isGuest: false,
  scopes: new Set(),
  roles: new Set(),
  authContexts: new Set(),
  canStepUp: false,
};
