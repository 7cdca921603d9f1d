import type pg from 'pg';

/**
 * Which connections to a database may be dead. A network can lose them all without a word, and each then seems to be slow.
 * Every distrust begins a new generation of connections. Pools to the same database share their generations, so what one pool
 * finds out holds for all.
 */
export interface Generations {
  /** Connects through a pool. Closes connections of older generations instead of returning them. */
  open(pool: Pick<pg.Pool, 'connect'>): Promise<pg.PoolClient>;
  /** Begins a generation: connections of now are not returned again. */
  distrust(): void;
  /**
   * Notes that PostgreSQL is asked to begin a transaction. It answers that at once, so a connection that still waits is dead when
   * one of a later generation, which had to be made first, is answered.
   *
   * @param giveUp called at most once, when the connection is dead
   * @returns takes whether the answer came, when the wait is over. Can be called again without effect
   */
  expectAnswer(client: pg.PoolClient, giveUp: () => void): (isAnswered: boolean) => void;
}

interface Wait {
  readonly born: number;
  readonly giveUp: () => void;
}

/** Creates the generations of the connections to one database. */
export function createGenerations(): Generations {
  const births = new WeakMap<pg.PoolClient, number>();
  /** At most one for each connection of the pools. */
  const waits = new Set<Wait>();
  let generation = 0;

  const giveUpBefore = (born: number) => {
    for (const wait of waits) {
      if (wait.born >= born || !waits.delete(wait)) continue;
      wait.giveUp();
    }
  };
  return {
    async open(pool) {
      for (;;) {
        const client = await pool.connect();
        const born = births.get(client);
        if (born === undefined || born === generation) {
          births.set(client, generation);
          return client;
        }
        client.release(true);
      }
    },
    distrust() {
      generation += 1;
    },
    expectAnswer(client, giveUp) {
      const born = births.get(client) ?? generation;
      const wait = { born, giveUp };
      waits.add(wait);
      return (isAnswered) => {
        if (!waits.delete(wait) || !isAnswered || waits.size === 0) return;
        // Answers that have arrived together are all read first.
        setImmediate(giveUpBefore, born);
      };
    },
  };
}
