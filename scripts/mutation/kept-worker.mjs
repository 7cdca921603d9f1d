import { ThreadsPoolWorker } from 'vitest/node';

const RUNS_OF_A_THREAD = 50;

/** A thread between two runs. A process of Stryker's has one at a time. */
let spare;

/**
 * Vitest's thread, kept from one run to the next, so that graphql and its company are loaded once for many mutants. The
 * project's own modules are loaded anew for each file. After some runs the thread ends, and with it what has gathered in it.
 */
export class KeptWorker extends ThreadsPoolWorker {
  name = 'kept';
  #runs = 0;
  #isSpared = false;
  #listeners = [];

  async start() {
    if (spare) {
      this._thread = spare.thread;
      this.#runs = spare.runs;
      spare = undefined;
    } else await super.start();
    this.#runs += 1;
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
    super.on(event, listener);
  }

  send(message) {
    if (message.type === 'stop' && this.#runs < RUNS_OF_A_THREAD) {
      this.#isSpared = true;
      this.thread.emit('message', { type: 'stopped', __vitest_worker_response__: true });
    } else super.send(message.type === 'start' ? isolated(message) : message);
  }

  async stop() {
    if (!this.#isSpared || spare) return super.stop();
    for (const [event, listener] of this.#listeners) this.thread.off(event, listener);
    spare = { thread: this._thread, runs: this.#runs };
    this._thread = undefined;
  }
}

/** In the thread "isolate" means that modules are loaded anew for each file. */
function isolated(message) {
  return { ...message, context: { ...message.context, config: { ...message.context.config, isolate: true } } };
}
