import { watchFiles } from './watch-files.js';

/** Something that can be stopped and started any number of times. */
export interface Restartable {
  /** Resolves with undefined when the start failed. What failed was printed. */
  start(): Promise<unknown>;
  /** Resolves when it has ended. Safe to call when it does not run. */
  stop(): Promise<void>;
}

/**
 * Restarts the API when a file below one of these folders changes, until the returned function is called. After a start that
 * failed, the next change tries again.
 *
 * @param options.starting the first start, if it is under way. A change during it restarts the API when it has ended
 * @param options.check runs after each restart and is aborted by the next one
 */
export function restartOnChange(
  api: Restartable,
  options: {
    readonly folders: readonly string[];
    print(text: string): void;
    readonly starting?: Promise<unknown>;
    check?(signal: AbortSignal): Promise<unknown>;
  },
): () => Promise<void> {
  const { folders, print, starting = Promise.resolve(), check } = options;
  let checking = new AbortController();
  let isStopped = false;
  /** Changes that came since the last restart began. */
  let isWaiting = false;
  let restarting = Promise.resolve();

  async function restart(): Promise<void> {
    isWaiting = false;
    await api.stop();
    if (isStopped) return;
    const startedAt = performance.now();
    const isReady = (await api.start()) !== undefined;
    if (isStopped || isWaiting) return;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    print(isReady ? `The API is ready again after ${seconds} s.` : NOT_STARTED);
    await check?.(checking.signal);
  }

  const stopWatching = watchFiles(folders, (file) => {
    checking.abort();
    checking = new AbortController();
    if (isWaiting) return;
    isWaiting = true;
    print(`\n${file} has changed. The API restarts.`);
    // A restart that is under way would show the old code.
    restarting = Promise.all([restarting, starting.then(() => api.stop())]).then(restart);
  });
  return async () => {
    isStopped = true;
    stopWatching();
    checking.abort();
    await api.stop();
    await restarting;
  };
}

const NOT_STARTED = 'The API did not start. Correct what is printed above and save: it then tries again.';
