import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { CaseReporter } from './test/support/vitest/case-reporter.js';
import { NotRunReporter } from './test/support/vitest/not-run-reporter.js';

/** Rooms whose tests need no PostgreSQL. */
const unit = [
  'authentication/**',
  'authorization/**',
  'conformance/**',
  'emulator/**',
  'config/**',
  'hosts/**',
  'scripts/**',
  'testing/**',
].map((tests) => `test/${tests.replace('**', '**/*')}.test.ts`);

/** Tests of packages are not ours. Some tests install packages in folders of their own. */
const packages = '**/node_modules/**';

/** Vite would take graphql's ES build, Node takes the other one: two copies, which reject each other's schemas. */
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

/** Tests that replace a module of the product, or count its steps. Only a file with modules of its own can do that. */
const replacing = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
  .map((name) => `test/${name}`)
  .filter((path) => /vi\.mock\(|startStepCount\(/.test(readFileSync(path, 'utf8')));

/** Take minutes. `npm run test:starter` and `npm run test:docs` run them, `test/cli/project` and `test/docs` have what is quick. */
const slow = [
  ...(process.env.STARTER_TEST ? [] : ['test/starter/**']),
  ...(process.env.DOCS_TEST ? [] : ['test/docs/built/**']),
];

/** These times only end what hangs. Next to twenty other programs, tests take six times as long as alone. */
const patient = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // Two more than cores, because many tests wait for a limit of time or for another process.
    maxWorkers: availableParallelism() + 2,
    // The files that a worker runs share its modules (`isolate: false`), because to load them takes longer than most tests.
    reporters: ['default', new NotRunReporter(), new CaseReporter()],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/generated/**'] },
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: unit,
          exclude: [packages, ...replacing],
          isolate: false,
          setupFiles: ['test/support/vitest/silent-logs.ts'],
          ...patient,
        },
      },
      {
        resolve,
        test: {
          name: 'server',
          include: ['test/**/*.test.ts'],
          exclude: [packages, ...unit, ...replacing, ...slow],
          isolate: false,
          globalSetup: ['test/support/vitest/global-setup.ts'],
          setupFiles: ['test/support/vitest/silent-logs.ts'],
          ...patient,
        },
      },
      {
        resolve,
        test: {
          name: 'replacing',
          include: replacing,
          setupFiles: ['test/support/vitest/silent-logs.ts'],
          ...patient,
        },
      },
    ],
  },
});
