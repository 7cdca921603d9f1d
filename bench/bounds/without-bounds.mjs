// Module hooks that take the bounds out of the built server, so that `npm run bench -- --parts bounds` can say what they cost.
// Each module of the table keeps its other exports.

const HTTP = '/dist/http/';
const GRAPHQL = '/dist/graphql/';

/** Sources that replace modules with bounds, by path in the build. */
const REPLACEMENTS = {
  [`${HTTP}connections/connection-bounds.js`]: `
    export const createConnectionBounds = () => ({ options: {}, attach: () => () => true });`,
  [`${HTTP}turns.js`]: `
    export const createTurns = () => ({
      take() {}, share() {}, expectedMs: () => 0, waiting: () => 0, hurry() {}, noteConnection() {},
    });`,
  [`${HTTP}json-values.js`]: `
    export const hasMoreValues = () => false;`,
  [`${GRAPHQL}caller-places.js`]: `
    const places = { take: () => () => {}, taken: () => 0, holders: () => 0 };
    export const createCallerLimits = () => ({ operations: places, subscriptions: places, sockets: places });`,
  [`${GRAPHQL}documents/document-bounds.js`]: `
    export const createDocumentBounds = () => ({ parseOptions: {}, check() {}, plugin: {} });`,
  [`${GRAPHQL}documents/variable-bounds.js`]: `
    export const createVariableBounds = () => ({ check() {}, plugin: {} });`,
  [`${GRAPHQL}apollo/document-limits.js`]: `
    export const createDocumentLimits = () => ({ validationRules: [], plugin: {}, check() {}, validate: () => [] });`,
  [`${GRAPHQL}cost/operation-cost.js`]: `
    export const createCostCheck = () => () => undefined;`,
  [`${GRAPHQL}execution/answer-budget.js`]: `
    const budget = { left: Infinity, errorsLeft: Infinity };
    export const createAnswerBudgets = () => () => budget;
    export const hasLeft = () => true;
    export const withAnswerBudget = (schema) => schema;`,
  [`${GRAPHQL}execution/answer-bounds.js`]: `
    export const createAnswerBounds = () => ({ stringify: (answer) => JSON.stringify(answer), bound() {}, plugin: () => ({}) });`,
  [`${GRAPHQL}execution/operation-deadline.js`]: `
    export const createOperationDeadline = () => ({ bound: (answering) => answering });`,
  [`${GRAPHQL}rates/load-shedding.js`]: `
    export const createLoadShedding = () => ({ refuse() {}, stop() {} });`,
};

/** The modules that are replaced, by their place in the project. */
export const REPLACED = Object.keys(REPLACEMENTS);

export async function load(url, context, nextLoad) {
  const place = Object.keys(REPLACEMENTS).find((path) => url.endsWith(path));
  if (!place) return nextLoad(url, context);
  // The query makes it another module, which is not replaced.
  const source = `export * from ${JSON.stringify(`${url}?bounded`)};${REPLACEMENTS[place]}`;
  return { format: 'module', source, shortCircuit: true };
}
