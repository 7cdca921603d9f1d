/** Returns nothing when work of this holder may begin at once. Otherwise resolves when it is its turn. */
export type TakeTurn = (holder: string) => Promise<void> | undefined;

/** Begins work one piece after the other. */
export interface Turns {
  readonly take: TakeTurn;
  /**
   * Lets more work begin in this turn, for a millisecond. Call it after work that has ended at once, or from answers to events,
   * whose reads go to the database together.
   */
  share(): void;
  /** Returns the milliseconds for which work of this holder would wait if it asked for a turn now. */
  expectedMs(holder: string): number;
  /** Returns how many pieces of work wait. */
  waiting(): number;
  /** Begins more in the next turn, after a request that was refused for its wait. */
  hurry(): void;
  /**
   * Notes that a connection was accepted. Node accepts one in each turn, so the next ones pass without work, or at least
   * without hurry. Otherwise the requests of others would wait before this server knows of them.
   */
  noteConnection(): void;
}

/** Pieces of work that the mean time of one follows. A single long pause counts little. */
const REMEMBERED = 16;
/** Work is begun for so long in a turn that is shared. A turn for each small query would cost an eighth of the query. */
const TURN_MS = 1;
/** The same for a turn that hurries. */
const HURRY_MS = 10;

/**
 * Creates turns for requests, operations, or the answers to events. Each turn of Node's event loop begins one of them, or
 * those of a millisecond that end at once. If one client sends many at once, another client waits for so much of them and not
 * for all. Holders that wait take turns in a circle. The work of one holder keeps its order.
 *
 * A turn that hurries begins more of them. Otherwise a flood of refused requests would leave hardly any turns to others,
 * because all that have arrived are refused in one.
 *
 * While clients connect, turns pass without work for as long as the work before took, and after that no turn hurries. What
 * comes meanwhile waits, so that it is refused if it is too much. Otherwise a client with hundreds of connections would
 * keep those of others from being accepted until all its work is done.
 *
 * @param now returns milliseconds. Default: the clock of this process
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  /** Never has an empty list. The holder that is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let count = 0;
  /** Whether something was begun in this turn of the event loop. It is true while something waits. */
  let isTaken = false;
  let isHurried = false;
  /** Whether a connection was accepted since the last turn. */
  let isConnecting = false;
  /** Whether the work that was begun last shares this turn. */
  let isShared = false;
  /** Time at which this turn was taken. */
  let takenAt = 0;
  /** Time at which the last work began. */
  let workSince = 0;
  /** Until this time connections come first. Undefined: no turn has passed since the last work began. */
  let connectingUntil: number | undefined;
  /** Pieces of work that were begun since this turn was taken. */
  let begun = 0;
  /** Mean time from one piece of work to the next while some wait. */
  let pieceMs = 0;

  const takeTurn = (startedAt: number) => {
    isTaken = true;
    takenAt = now();
    workSince = startedAt;
    connectingUntil = undefined;
    begun = 0;
    setImmediate(endTurn);
  };
  const beginNext = () => {
    for (const [holder, works] of waiting) {
      waiting.delete(holder);
      count -= 1;
      isShared = false;
      works.shift()?.();
      begun += 1;
      if (works.length > 0) waiting.set(holder, works);
      return;
    }
  };
  const endTurn = () => {
    const nowMs = now();
    connectingUntil ??= nowMs + (nowMs - workSince);
    if (isConnecting && nowMs < connectingUntil) {
      isConnecting = false;
      setImmediate(endTurn);
      return;
    }
    isTaken = count > 0;
    if (isTaken) void beginWaiting();
  };
  const beginWaiting = async () => {
    const startedAt = now();
    const hurryMs = isHurried && !isConnecting ? HURRY_MS : 0;
    isHurried = false;
    isConnecting = false;
    do {
      beginNext();
      // It runs until it waits for something.
      await undefined;
    } while (count > 0 && now() - startedAt < Math.max(hurryMs, isShared ? TURN_MS : 0));
    pieceMs += ((now() - takenAt) / begun - pieceMs) * Math.min(1, begun / REMEMBERED);
    takeTurn(startedAt);
  };
  const wait = (holder: string) => {
    count += 1;
    return new Promise<void>((resolve) => {
      const works = waiting.get(holder);
      if (works) works.push(resolve);
      else waiting.set(holder, [resolve]);
    });
  };

  return {
    take(holder) {
      if (!isTaken) takeTurn(now());
      else if (count > 0 || !isShared || now() - workSince >= TURN_MS) return wait(holder);
      isShared = false;
      begun += 1;
      return undefined;
    },
    share() {
      isShared = true;
    },
    expectedMs(holder) {
      if (count === 0) return 0;
      // Every other holder goes first once for each piece of this holder's work.
      const own = (waiting.get(holder)?.length ?? 0) + 1;
      return Math.min(count, own * waiting.size) * pieceMs;
    },
    waiting: () => count,
    hurry() {
      isHurried = true;
    },
    noteConnection() {
      isConnecting = true;
    },
  };
}
