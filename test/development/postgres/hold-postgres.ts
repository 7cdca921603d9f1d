import { startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';

// A program of its own, for tests that kill one: starts PostgreSQL in the folder it is given, says its address, and waits.
const [folder = ''] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({ projectFolder: folder, folder, durable: false });
  process.stdout.write(`${postgres.superuserUrl}\n`);
  process.stdin.resume().on('end', () => void postgres.stop());
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.name : error}\n`);
}
