import { createRequire } from 'node:module';
import { defineApi } from 'entra-graphql/api';
import { sampleThing } from './sample-thing/resource.js';

const { name, version }: { name: string; version: string } = createRequire(import.meta.url)('../package.json');

/** The API. A new resource has its place in `resources` and in `development.ts`. */
export const api = defineApi({
  name,
  version,
  schemaFolder: new URL('../schema/', import.meta.url),
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
