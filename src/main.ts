#!/usr/bin/env node
import { run } from './run.js';

// The program of this repository and of the package: the commands, for the API of `resource.ts`.
await run(
  async () => {
    const { createResource, migrationFolders } = await import('./resource.js');
    return {
      createResource,
      migrationFolders,
      loadDevelopmentData: async () => (await import('./development/development-data.js')).developmentData,
    };
  },
  import.meta.url,
);
