import { run } from 'entra-graphql/run';

// The program: npm run dev, npm start, npm run migrate and all other commands.
await run(async () => (await import('./api.js')).api, import.meta.url);
