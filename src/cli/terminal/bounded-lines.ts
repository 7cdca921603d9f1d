/** The part of a stream that matters here. */
export interface LineTarget {
  /** Bytes that wait for a reader. */
  readonly writableLength: number;
  write(text: string): unknown;
}

/** Bytes that may wait to be written. Later lines are dropped. */
const MAX_WAITING = 64 * 1024;

/**
 * Returns a function that writes a line to a stream as long as the stream takes it. Lines for a reader that stands still are
 * dropped, because each of them would stay in memory. The next line that is written reports their number.
 */
export function createBoundedLines(target: LineTarget): (line: string) => void {
  let dropped = 0;
  return (line) => {
    if (target.writableLength >= MAX_WAITING) {
      dropped += 1;
      return;
    }
    if (dropped > 0) target.write(`${dropped} lines were dropped: they could not be written in time\n`);
    dropped = 0;
    target.write(`${line}\n`);
  };
}
