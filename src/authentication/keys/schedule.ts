/** Calls `run` once after a delay in milliseconds. Returns a function that cancels it. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

/** Schedules by a timer that keeps no process alive. */
export const scheduleUnreferenced: Schedule = (run, delayMs) => {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
};
