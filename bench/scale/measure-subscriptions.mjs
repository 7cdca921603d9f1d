import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../subscribers/measure-subscribers.mjs', import.meta.url));
/** Subscriptions of one caller. */
const EACH = 10;

/**
 * Opens subscriptions on one server and changes reports that all of them see.
 *
 * @returns what `measure-subscribers.mjs` found, by what it is
 */
export async function measureSubscriptions({ subscriptions, changes }) {
  const words = { sockets: subscriptions, callers: Math.ceil(subscriptions / EACH), rate: 1, seconds: changes };
  const { stdout } = await promisify(execFile)(process.execPath, [
    SCRIPT,
    '--json',
    ...Object.entries(words).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ]);
  return JSON.parse(stdout);
}
