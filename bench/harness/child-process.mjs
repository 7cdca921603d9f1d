import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism, devNull } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Core of the process that is measured, and core of the process that keeps it busy. */
export const MEASURED_CORE = 0;
export const LOAD_CORE = 1;

/** Far longer than any question takes, even on a machine that has much other work. */
const ANSWER_LIMIT_MS = 900_000;

/** Whether processes can be kept on a core of their own; without that, figures are only good for a first look. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/**
 * The words that start a command on one core.
 *
 * @returns {[string, ...string[]]}
 */
export function pinned(core, command) {
  return canPin ? ['taskset', '--cpu-list', String(core), ...command] : command;
}

/** Keeps a process that runs already, and those that it will start, on one core. */
export function pinProcess(pid, core) {
  if (canPin) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)]);
}

/**
 * Starts a file of this package as a Node process of its own. Parent and child take turns: the child speaks first
 * (`ready`), then answers each question with one message. It has to end when the parent is gone.
 *
 * @param {{ file: string, parameters?: unknown, core: number, node?: string }} options `node`: another program than this one's
 */
export async function startChildProcess({ file, parameters = {}, core, node = process.execPath }) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const [command, ...words] = pinned(core, [node, path, JSON.stringify(parameters)]);
  const log = openSync(process.env.SERVER_LOG ?? devNull, 'a');
  const child = spawn(command, words, {
    // What a server logs in production is written, but not kept, except for a test.
    stdio: ['ignore', log, 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  closeSync(log);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const nextMessage = async () => {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const [message] = await Promise.race([
        once(child, 'message', { signal }),
        exited.then((code) => fail(`${file} ended with code ${code}`)),
        delay(ANSWER_LIMIT_MS, undefined, { signal }).then(() => fail(`${file} does not answer`)),
      ]);
      return message.failed ? fail(`${file}: ${message.failed}`) : message;
    } finally {
      settled.abort();
    }
  };
  const ready = await nextMessage();
  return {
    ready,
    ask(question) {
      const answer = nextMessage();
      child.send(question);
      return answer;
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * The child's side: says that it is ready, answers questions, and ends with its parent.
 *
 * @param {unknown} ready
 * @param {(question: any) => unknown} answer
 */
export function serveParent(ready, answer) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (question) => {
    try {
      process.send(await answer(question));
    } catch (error) {
      process.send({ failed: String(error) });
    }
  });
  process.send(ready);
}

function fail(message) {
  throw new Error(message);
}
