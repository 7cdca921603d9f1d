/** Calls `run` once after a delay in milliseconds; the answer cancels it. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

/** By a timer that keeps no process alive. */
export const scheduleUnreferenced: Schedule = (run, delayMs) => {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
};
