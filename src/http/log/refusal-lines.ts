import { type Schedule, scheduleUnreferenced } from '../../authentication/keys/schedule.js';
import type { Limits } from '../../config/limits.js';

/** Lines of the log about refusals of callers that are not known. */
export interface RefusalLines {
  /**
   * Returns whether a line may be written. Otherwise counts it.
   *
   * @param source address of the client, or another name under which lines are counted
   */
  take(source: string): boolean;
  /** Says how many lines were left out since this was last said. */
  close(): void;
}

const SECOND_MS = 1000;

/**
 * Creates the bound on such lines. A client can be refused tens of thousands of times a second, and a line has ten times the
 * bytes of a small request. So each source has a number of lines in a second, and so have all together, because a client can
 * have many addresses. Those beyond it are counted, and one line a second says how many.
 *
 * @param warn writes the line that says how many were left out
 */
export function createRefusalLines(
  limits: Pick<Limits, 'refusalLines' | 'allRefusalLines'>,
  warn: (fields: { readonly leftOut: number }, message: string) => void,
  schedule: Schedule = scheduleUnreferenced,
): RefusalLines {
  /** Lines of this second by their source. */
  const counts = new Map<string, number>();
  let written = 0;
  let leftOut = 0;
  let cancel: (() => void) | undefined;

  function endSecond(): void {
    cancel = undefined;
    if (leftOut > 0) warn({ leftOut }, 'lines about refused requests were left out');
    counts.clear();
    written = 0;
    leftOut = 0;
  }

  return {
    take(source) {
      cancel ??= schedule(endSecond, SECOND_MS);
      const count = counts.get(source) ?? 0;
      if (count >= limits.refusalLines || written >= limits.allRefusalLines) {
        leftOut += 1;
        return false;
      }
      counts.set(source, count + 1);
      written += 1;
      return true;
    },
    close() {
      cancel?.();
      endSecond();
    },
  };
}
