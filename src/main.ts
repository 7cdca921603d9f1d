#!/usr/bin/env node
import { findOwnProgram } from './cli/project/own-program.js';
import { run, runInstead } from './run.js';

// The program of this repository and of the package: the commands, for the API of `resource.ts`. In a project that has a
// program of its own, that one runs instead.
const own = findOwnProgram(process.cwd());
if (own) {
  await runInstead(own);
} else {
  await run(
    async () => {
      const served = await import('./resource.js');
      return {
        ...served,
        loadDevelopmentData: async () => (await import('./development/development-data.js')).developmentData,
      };
    },
    import.meta.url,
  );
}
