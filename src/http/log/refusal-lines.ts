import { type Schedule, scheduleUnreferenced } from '../../authentication/keys/schedule.js';
import type { Limits } from '../../config/limits.js';

/** A line of the log about a refused request. */
export interface RefusalLine {
  /** Address of the client, or another name under which lines are counted. */
  readonly source: string;
  /** Code of the error, or the status of an answer without one. */
  readonly code: string;
  /** Whether the signature of its access token was verified. Default: false. */
  readonly isSigned?: boolean;
}

/** Lines of the log about refusals of callers that are not known. */
export interface RefusalLines {
  /** Returns whether a line may be written. Otherwise counts it. */
  take(line: RefusalLine): boolean;
  /** Says how many lines were left out since this was last said. */
  close(): void;
}

type LinesLimits = Pick<Limits, 'refusalLines' | 'allRefusalLines' | 'refusalLineCodes'>;

/** Lines that were left out, in all and by code. */
interface LeftOut {
  readonly leftOut: number;
  readonly byCode: Readonly<Record<string, number>>;
}

const SECOND_MS = 1000;
/** Code under which lines are counted when there are too many codes. */
const OTHER = '_OTHER';

/**
 * Creates the bound on such lines. A client can be refused tens of thousands of times a second, and a line has ten times the
 * bytes of a small request. So each source has a number of lines in a second, and so have all together, because a client can
 * have many addresses. Those beyond it are counted, and one line a second says how many of each code.
 *
 * A flood must not hide other refusals. So the first line of each code in a second is always written, and tokens whose
 * signature was verified have places of their own, which a client without such a token cannot take.
 *
 * @param options.warn writes the line that says how many were left out
 * @param options.onLimit called with the bound for each line that is left out
 */
export function createRefusalLines(options: {
  readonly limits: LinesLimits;
  warn(fields: LeftOut, message: string): void;
  onLimit(name: keyof LinesLimits): void;
  readonly schedule?: Schedule;
}): RefusalLines {
  const { limits, warn, onLimit, schedule = scheduleUnreferenced } = options;
  const signed = createPlaces(limits);
  const unknown = createPlaces(limits);
  /** Lines of this second that were left out, by code. A code is here from its first line on. */
  const leftOut = new Map<string, number>();
  let cancel: (() => void) | undefined;

  function endSecond(): void {
    cancel = undefined;
    const counts = [...leftOut].filter(([, count]) => count > 0);
    const sum = counts.reduce((total, [, count]) => total + count, 0);
    if (sum > 0)
      warn({ leftOut: sum, byCode: Object.fromEntries(counts) }, 'lines about refused requests were left out');
    for (const places of [signed, unknown]) places.clear();
    leftOut.clear();
  }

  return {
    take({ source, code, isSigned = false }) {
      cancel ??= schedule(endSecond, SECOND_MS);
      const places = isSigned ? signed : unknown;
      const counted = leftOut.has(code) || leftOut.size < limits.refusalLineCodes ? code : OTHER;
      const full = places.take(source);
      const isFirst = !leftOut.has(counted);
      if (isFirst) leftOut.set(counted, 0);
      if (!full || isFirst) return true;
      leftOut.set(counted, (leftOut.get(counted) ?? 0) + 1);
      onLimit(full);
      return false;
    },
    close() {
      cancel?.();
      endSecond();
    },
  };
}

/** Lines that may be written in a second, by their source. */
function createPlaces(limits: LinesLimits) {
  const counts = new Map<string, number>();
  let written = 0;
  return {
    /** Takes a place, or returns the bound that is reached. */
    take(source: string): keyof LinesLimits | undefined {
      const count = counts.get(source) ?? 0;
      if (count >= limits.refusalLines) return 'refusalLines';
      if (written >= limits.allRefusalLines) return 'allRefusalLines';
      counts.set(source, count + 1);
      written += 1;
      return undefined;
    },
    clear() {
      counts.clear();
      written = 0;
    },
  };
}
