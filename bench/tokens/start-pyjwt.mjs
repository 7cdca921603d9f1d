import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MEASURED_CORE, pinned } from '../harness/child-process.mjs';

const SCRIPT = fileURLToPath(new URL('pyjwt.py', import.meta.url));
/** Debian's and Ubuntu's own Python, for which `apt-get install python3-jwt` installs PyJWT. */
const PYTHON = '/usr/bin/python3';

/**
 * Starts PyJWT in a process of its own.
 *
 * @returns `{ version, ask, stop }`, or `{ skipped }` with the reason
 */
export async function startPyJwt({ settings, jwk }) {
  const { clientId, issuer } = settings;
  const [command, ...words] = pinned(MEASURED_CORE, [
    PYTHON,
    SCRIPT,
    JSON.stringify({ clientId, issuer, x5c: jwk.x5c[0] }),
  ]);
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (part) => {
    complaint += part;
  });
  child.on('error', (error) => {
    complaint += error.message;
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  if (first === undefined) return { skipped: complaint.trim().split('\n').at(-1) || `no ${PYTHON}` };
  const { version, python } = JSON.parse(first);
  return {
    version: `${version} on Python ${python}`,
    async ask(tokens) {
      child.stdin.write(`${JSON.stringify(tokens)}\n`);
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`PyJWT ended: ${complaint}`);
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}
