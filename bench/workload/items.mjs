/** The fields of `Item`, by name, with their types: ten scalars, two of them for auditors. */
const FIELDS = {
  id: 'ID!',
  name: 'String!',
  description: 'String!',
  category: 'String!',
  quantity: 'Int!',
  price: 'Float!',
  isActive: 'Boolean!',
  createdAt: 'String!',
  cost: 'Float',
  supplier: 'String',
};

/** Asks for everything, as the benchmark's client does. */
function queryCalled(operationName) {
  return `query ${operationName}($n: Int!) {\n  items(n: $n) {\n    ${Object.keys(FIELDS).join('\n    ')}\n  }\n}`;
}

export const QUERY = queryCalled('Items');

/** Fields that need the role of an auditor. */
export const AUDITOR_FIELDS = ['cost', 'supplier'];

/** Numbers of requested items. */
export const SIZES = [1, 20, 200, 1000];

/** Scope that `Query.items` needs, and role that {@link AUDITOR_FIELDS} need. */
export const SCOPE = 'Items.Read';
export const ROLE = 'Items.Auditor';

/**
 * The schema in SDL; a contender whose rules stand in the schema adds its own words.
 *
 * @param {{ onItems?: string, onAuditorFields?: string, definitions?: string }} [rules]
 */
export function schemaWith({ onItems = '', onAuditorFields = '', definitions = '' } = {}) {
  const fields = Object.entries(FIELDS).map(
    ([name, type]) => `  ${name}: ${type} ${AUDITOR_FIELDS.includes(name) ? onAuditorFields : ''}`,
  );
  return `${definitions}\ntype Query {\n  items(n: Int!): [Item!]! ${onItems}\n}\ntype Item {\n${fields.join('\n')}\n}\n`;
}

const ALL_ITEMS = Array.from({ length: Math.max(...SIZES) }, (_, index) => ({
  id: `item-${index}`,
  name: `Item number ${index}`,
  description: `What is to be said of item number ${index}, in one sentence of ordinary length.`,
  category: ['office', 'travel', 'meals', 'other'][index % 4],
  quantity: (index * 7) % 50,
  price: ((index * 131) % 10_000) / 100,
  isActive: index % 3 !== 0,
  createdAt: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString(),
  cost: ((index * 97) % 10_000) / 100,
  supplier: `Supplier ${index % 17}`,
}));

/** From memory, so that nothing but the server is measured. */
export const resolvers = { Query: { items: (_parent, { n }) => itemsOf(n) } };

/** The first `n` items. */
export function itemsOf(n) {
  return ALL_ITEMS.slice(0, n);
}

/** The body of the request for `n` items; another name of the operation makes another query. */
export function requestBody(n, operationName = 'Items') {
  return JSON.stringify({ operationName, query: queryCalled(operationName), variables: { n } });
}
