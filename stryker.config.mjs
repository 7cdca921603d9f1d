/** `npm run mutation`: changes the two rooms that decide who may what, one thing at a time, and asks whether a test notices. */
export default {
  mutate: ['src/authentication/**/*.ts', 'src/authorization/**/*.ts'],
  plugins: ['./scripts/mutation/runner.mjs'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Stryker reads it by an interface that TypeScript 7 does not have. It would only rewrite paths that leave the project.
  tsconfigFile: 'none',
  ignorePatterns: ['/bench', '/coverage', '/dist', '/docs', '/examples', '/reports'],
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  concurrency: 2,
  // A mutant that never ends is stopped by counting; the clock only has to notice one that counts nothing.
  timeoutMS: 30_000,
  thresholds: { high: 95, low: 90, break: 90 },
};
