/** The client whose work asks for a turn. */
export interface TurnHolder {
  /** Name under which the work of a caller is counted. */
  readonly name: string;
  /** Its token is verified. */
  readonly isKnown: boolean;
}

/** Returns nothing when work of this holder may begin at once. Otherwise resolves when it is its turn. */
export type TakeTurn = (holder: TurnHolder) => Promise<void> | undefined;

/** Begins work one piece after the other. */
export interface Turns {
  readonly take: TakeTurn;
  /** Lets more work begin in this turn, for a millisecond. Call it after work that has ended at once. */
  share(): void;
  /** Returns the milliseconds for which work of this holder would wait if it asked for a turn now. */
  expectedMs(holder: TurnHolder): number;
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

export interface TurnOptions {
  /**
   * Each turn begins work for a millisecond, even if that work has to wait for something. Answers to events need this, so
   * that their reads go to the database together. Default: only after `share`.
   */
  readonly sharesAll?: boolean;
  /** Returns milliseconds. Default: the clock of this process. */
  now?(): number;
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
 * All anonymous clients together count as one more caller, and share its turns. Otherwise anonymous clients of many addresses
 * would make verified callers wait. In these turns their addresses take turns too, so one address does not keep others out.
 *
 * A turn that hurries begins more of them. Otherwise a flood of refused requests would leave hardly any turns to others,
 * because all that have arrived are refused in one.
 *
 * While clients connect, turns pass without work for as long as the work before took, and after that no turn hurries. What
 * comes meanwhile waits, so that it is refused if it is too much. Otherwise a client with hundreds of connections would
 * keep those of others from being accepted until all its work is done.
 */
export function createTurns({ sharesAll = false, now = () => performance.now() }: TurnOptions = {}): Turns {
  const known = createCircle();
  const unknown = createCircle();
  /** Pieces of work of verified callers since the last one of an anonymous client. */
  let passed = 0;
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
  const count = () => known.count() + unknown.count();
  const beginNext = () => {
    const isOfUnknown = known.count() === 0 || (unknown.count() > 0 && passed >= known.holders());
    passed = isOfUnknown ? 0 : passed + 1;
    isShared = false;
    (isOfUnknown ? unknown : known).beginNext();
    begun += 1;
  };
  const endTurn = () => {
    const nowMs = now();
    connectingUntil ??= nowMs + (nowMs - workSince);
    if (isConnecting && nowMs < connectingUntil) {
      isConnecting = false;
      setImmediate(endTurn);
      return;
    }
    isTaken = count() > 0;
    if (isTaken) void beginWaiting();
  };
  const beginWaiting = async () => {
    // `untilItWaits` needs a microtask.
    await undefined;
    const startedAt = now();
    const hurryMs = isHurried && !isConnecting ? HURRY_MS : 0;
    isHurried = false;
    isConnecting = false;
    do {
      beginNext();
      await untilItWaits();
    } while (count() > 0 && now() - startedAt < Math.max(hurryMs, isShared || sharesAll ? TURN_MS : 0));
    pieceMs += ((now() - takenAt) / begun - pieceMs) * Math.min(1, begun / REMEMBERED);
    takeTurn(startedAt);
  };
  /** Returns how many pieces of work come before a new one of this holder. */
  const piecesBefore = ({ name, isKnown }: TurnHolder) => {
    if (isKnown) return known.before(name) + Math.min(unknown.count(), known.own(name) + 1);
    const before = unknown.before(name);
    return before + Math.min(known.count(), (before + 1) * known.holders());
  };

  return {
    take(holder) {
      if (!isTaken) takeTurn(now());
      else if (count() > 0 || !isShared || now() - workSince >= TURN_MS) {
        return (holder.isKnown ? known : unknown).wait(holder.name);
      }
      isShared = false;
      begun += 1;
      return undefined;
    },
    share() {
      isShared = true;
    },
    expectedMs: (holder) => (count() === 0 ? 0 : piecesBefore(holder) * pieceMs),
    waiting: count,
    hurry() {
      isHurried = true;
    },
    noteConnection() {
      isConnecting = true;
    },
  };
}

/** Work that waits, of holders that take turns. */
interface Circle {
  /** Resolves when it is the turn of this work. */
  wait(holder: string): Promise<void>;
  beginNext(): void;
  count(): number;
  /** Number of those whose work waits. */
  holders(): number;
  /** Number of pieces of this holder's work. */
  own(holder: string): number;
  /** Returns how many pieces of work come before a new one of this holder. */
  before(holder: string): number;
}

function createCircle(): Circle {
  /** Never has an empty list. The holder that is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  let count = 0;
  const own = (holder: string) => waiting.get(holder)?.length ?? 0;
  return {
    wait(holder) {
      count += 1;
      return new Promise<void>((resolve) => {
        const works = waiting.get(holder);
        if (works) works.push(resolve);
        else waiting.set(holder, [resolve]);
      });
    },
    beginNext() {
      for (const [holder, works] of waiting) {
        waiting.delete(holder);
        count -= 1;
        works.shift()?.();
        if (works.length > 0) waiting.set(holder, works);
        return;
      }
    },
    count: () => count,
    holders: () => waiting.size,
    own,
    // Every other holder goes first once for each piece of this holder's work.
    before: (holder) => Math.min(count, (own(holder) + 1) * waiting.size),
  };
}

/**
 * Resolves when the work that has begun has ended, or waits for a later event such as an answer of the database. Only then does
 * the clock show how long the work took. Call it in a microtask: Node runs a `nextTick` of one after all other microtasks.
 */
function untilItWaits(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
