import { defineConfig } from 'vitest/config';

/** The tests that Stryker runs for each mutant: those of the two rooms, and others' suites for them. */
export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['authentication', 'authorization', 'conformance'].map((room) => `test/${room}/**/*.test.ts`),
    setupFiles: ['scripts/mutation/setup.mjs'],
  },
});
