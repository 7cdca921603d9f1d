/**
 * The pages of the site by the question of a reader. Each file of `docs/` stands here once, and `test/docs` holds that.
 * `file` is a path in the repository.
 *
 * @typedef {{ text: string, file: string }} Entry
 */

/** @type {readonly { text: string, question: string, pages: readonly Entry[] }[]} */
export const SECTIONS = [
  {
    text: 'Begin',
    question: 'How do I get a first answer?',
    pages: [
      { text: 'Getting started', file: 'docs/getting-started.md' },
      { text: 'Concepts', file: 'docs/concepts.md' },
      { text: 'Signing in', file: 'docs/signing-in.md' },
      { text: 'Your own resource', file: 'docs/own-resource.md' },
      { text: 'In an Apollo Server you have', file: 'docs/apollo-server.md' },
    ],
  },
  {
    text: 'Build',
    question: 'How do I do this?',
    pages: [
      { text: 'Recipes', file: 'docs/recipes.md' },
      { text: 'Tests of rules', file: 'docs/testing-rules.md' },
      { text: 'Groups as roles', file: 'docs/groups.md' },
      { text: 'Other APIs', file: 'docs/other-apis.md' },
      { text: 'Subscriptions', file: 'docs/subscriptions.md' },
      { text: 'Repeating a mutation', file: 'docs/repeating-mutations.md' },
      { text: 'As a subgraph', file: 'docs/federation.md' },
    ],
  },
  {
    text: 'Run',
    question: 'How do I run it?',
    pages: [
      { text: 'To a real tenant', file: 'docs/real-tenant.md' },
      { text: 'Deploying and observing', file: 'docs/operations.md' },
      { text: 'Azure Container Apps', file: 'docs/azure-container-apps.md' },
      { text: 'Sizing, upgrades and incidents', file: 'docs/operating.md' },
      { text: 'Replicas', file: 'docs/replicas.md' },
      { text: 'Several authorities', file: 'docs/several-authorities.md' },
      { text: 'Revoking tokens', file: 'docs/revocation.md' },
      { text: 'Access record', file: 'docs/access-record.md' },
      { text: 'Runbooks', file: 'docs/runbooks.md' },
    ],
  },
  {
    text: 'Mend',
    question: 'Why does it not work?',
    pages: [
      { text: 'Troubleshooting', file: 'docs/troubleshooting.md' },
      { text: 'Token errors', file: 'docs/token-errors.md' },
      { text: 'Errors', file: 'docs/errors.md' },
    ],
  },
  {
    text: 'Look up',
    question: 'What is there?',
    pages: [
      { text: 'Directives', file: 'docs/directives.md' },
      { text: 'Configuration', file: 'docs/configuration.md' },
      { text: 'Limits', file: 'docs/limits.md' },
      { text: 'Permissions of the sample', file: 'schema/PERMISSIONS.md' },
      { text: 'Changes', file: 'CHANGELOG.md' },
    ],
  },
  {
    text: 'Judge',
    question: 'Is it the right thing?',
    pages: [
      { text: 'Comparison', file: 'docs/comparison.md' },
      { text: 'What it costs', file: 'docs/performance.md' },
      { text: 'How the cost was found', file: 'docs/performance-how-found.md' },
      { text: 'Security', file: 'SECURITY.md' },
      { text: 'Architecture', file: 'docs/architecture.md' },
      { text: 'Mutation testing', file: 'docs/mutation-testing.md' },
      { text: 'Contributing', file: 'CONTRIBUTING.md' },
    ],
  },
];

/** The landing page, which stands in no section. */
export const LANDING = 'docs/index.md';

/** Every file that is a page of the site. */
export const PAGES = [LANDING, ...SECTIONS.flatMap(({ pages }) => pages.map(({ file }) => file))];

/** Returns the address of a page below the root of the site, such as `/getting-started`. */
export function addressOf(file) {
  if (file === LANDING || file === 'README.md') return '/';
  return `/${file
    .replace(/^docs\//, '')
    .replace(/\.md$/, '')
    .toLowerCase()}`;
}
