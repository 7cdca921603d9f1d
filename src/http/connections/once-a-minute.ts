const MINUTE_MS = 60_000;

/** Returns a function that runs `action` at most once a minute, so that clients cannot fill the log. */
export function onceAMinute(action: () => void): () => void {
  let nextMs = 0;
  return () => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + MINUTE_MS;
    action();
  };
}
