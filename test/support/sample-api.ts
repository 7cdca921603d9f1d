import { developmentData } from '../../src/development/development-data.js';
import { createResource, migrationFolders, otherApis, policyNames } from '../../src/resource.js';
import type { ServedApi } from '../../src/served-api.js';

/** The API of this repository, as `src/main.ts` has it. */
export const sampleApi: ServedApi = {
  createResource,
  migrationFolders,
  otherApis,
  policyNames,
  loadDevelopmentData: async () => developmentData,
};
