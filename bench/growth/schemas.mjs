import { readFileSync } from 'node:fs';
// The copy of the server, whose schemas these become: graphql-js refuses those of another.
import { buildSchema, parse } from '../../node_modules/graphql/index.js';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');
const FIELDS_OF_A_TYPE = 10;

/** One object for every type: its fields answer at once. */
export const rootValue = { t0: Object.fromEntries(range(FIELDS_OF_A_TYPE).map((index) => [`f${index}`, 'x'])) };

/**
 * A schema with `fields` protected fields in types of ten, which need `roles` different app roles in turn.
 *
 * @param {{ fields: number, roles?: number }} size
 */
export function protectedSchema({ fields, roles = 1 }) {
  const types = range(Math.ceil(fields / FIELDS_OF_A_TYPE));
  const roleOf = (type, field) => `R${(type * FIELDS_OF_A_TYPE + field) % roles}`;
  const field = (type, index) => `f${index}: String @requiresRoles(roles: [["${roleOf(type, index)}"]])`;
  return buildSchema(`${DIRECTIVES}
    type Query { ${types.map((type) => `t${type}: T${type} @requiresScopes(scopes: [["S"]])`).join('\n')} }
    ${types
      .map(
        (type) =>
          `type T${type} { ${range(FIELDS_OF_A_TYPE)
            .map((index) => field(type, index))
            .join('\n')} }`,
      )
      .join('\n')}`);
}

/** A query for this many fields of the first type. */
export function documentOf(fields) {
  return parse(
    `{ t0 { ${range(fields)
      .map((index) => `a${index}: f${index % FIELDS_OF_A_TYPE}`)
      .join(' ')} } }`,
  );
}

/** A query for all fields of a schema with this many. */
export function documentOfAll(fields) {
  const names = range(FIELDS_OF_A_TYPE).map((index) => `f${index}`);
  return parse(
    `{ ${range(Math.ceil(fields / FIELDS_OF_A_TYPE))
      .map((type) => `t${type} { ${names.join(' ')} }`)
      .join(' ')} }`,
  );
}

/** So many of the roles. */
export function rolesOf(count) {
  return new Set(range(count).map((index) => `R${index}`));
}

/** A caller whom no decision was made for yet; without other roles he may use the first type. */
export function newCaller(roles = rolesOf(FIELDS_OF_A_TYPE)) {
  return {
    kind: 'delegated',
    tenantId: '00000000-0000-4000-8000-000000000001',
    objectId: '00000000-0000-4000-8000-000000000002',
    clientId: '00000000-0000-4000-8000-000000000003',
    isGuest: false,
    scopes: new Set(['S']),
    roles,
    authContexts: new Set(),
    canStepUp: false,
  };
}

function range(length) {
  return Array.from({ length }, (_, index) => index);
}
