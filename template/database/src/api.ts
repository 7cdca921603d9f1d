import { defineApi } from 'entra-graphql/api';
import { sampleThing } from './sample-thing/resource.js';

/** The API. A new resource has its place in `resources` and in `development.ts`. */
export const api = defineApi({
  schemaFolder: new URL('../schema/', import.meta.url),
  migrations: new URL('../migrations/', import.meta.url),
  resources: [sampleThing],
  welcomeDocument: '{ sampleThings { title owner } }',
  development: async () => (await import('./development.js')).development,
});
