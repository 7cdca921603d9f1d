import { defineApi } from 'entra-graphql/api';
import { sampleThing } from './sample-thing/resource.js';

/** The API. A new resource has its place in `resources` and in `development.ts`. */
export const api = defineApi({
  schemaFolder: new URL('../schema/', import.meta.url),
  migrations: new URL('../migrations/', import.meta.url),
  resources: [sampleThing],
  // The first query in Apollo Sandbox and in the explorer.
  welcomeDocument: `# Choose who asks above, then run this.
query Welcome {
  me {
    kind
    scopes
    roles
  }
  sampleThings {
    title
    owner
    note
  }
}
`,
  development: async () => (await import('./development.js')).development,
});
