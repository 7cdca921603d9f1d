import type { Caller } from '../../authentication/caller.js';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { LimitName, Limits } from '../../config/limits.js';
import type { CounterState, RateCounter, RateCounters } from './rate-counters.js';

/** A client that asks for something. */
export interface RatedClient {
  /** Name under which its operations are counted: that of `holderOf`. */
  readonly holder: string;
  readonly caller: Caller | undefined;
}

/** A refusal, and when to ask again. */
export interface RateRefusal {
  readonly error: LimitError;
  readonly retryAfterSeconds: number;
}

/** The decision about a request. */
export interface RateDecision {
  readonly refused: RateRefusal | undefined;
  /** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Bounds what each caller and each client application may ask for in a minute. */
export interface CallerRates {
  /** Counts a request. Refuses it too if the cost of the minute is used up. */
  enter(client: RatedClient): Promise<RateDecision>;
  /** Counts the root fields of a mutation that is about to run. Each is a change of its own. */
  enterMutation(client: RatedClient, rootFields: number): Promise<RateRefusal | undefined>;
  /** Adds the cost of an operation that has ended. Never rejects. */
  spend(client: RatedClient, cost: number): Promise<void>;
}

type Quantity = 'requests' | 'cost' | 'mutations';

interface Rate {
  readonly limit: LimitName;
  readonly quantity: Quantity;
  readonly policy: string;
  readonly maximum: number;
  readonly counter: RateCounter;
  keyOf(client: RatedClient): string | undefined;
}

const byCaller = ({ holder }: RatedClient) => holder;
/** An anonymous client names no application. */
const byApplication = ({ caller }: RatedClient) => caller && `${caller.tenantId}/${caller.clientId}`;

const RATES = [
  { limit: 'callerRequestsPerMinute', quantity: 'requests', policy: 'caller-requests', keyOf: byCaller },
  { limit: 'callerCostPerMinute', quantity: 'cost', policy: 'caller-cost', keyOf: byCaller },
  { limit: 'callerMutationsPerMinute', quantity: 'mutations', policy: 'caller-mutations', keyOf: byCaller },
  { limit: 'applicationRequestsPerMinute', quantity: 'requests', policy: 'application-requests', keyOf: byApplication },
  { limit: 'applicationCostPerMinute', quantity: 'cost', policy: 'application-cost', keyOf: byApplication },
  {
    limit: 'applicationMutationsPerMinute',
    quantity: 'mutations',
    policy: 'application-mutations',
    keyOf: byApplication,
  },
] as const satisfies readonly Omit<Rate, 'maximum' | 'counter'>[];

/**
 * Creates the rates whose limit is above 0. Undefined: no rate is bounded, and nothing is counted.
 *
 * The cost of an operation is added when it has ended, so the last operation of a minute may go beyond it.
 */
export function createCallerRates(
  limits: Limits,
  counters: RateCounters,
  describeLimit: DescribeLimit,
): CallerRates | undefined {
  const rates: readonly Rate[] = RATES.filter(({ limit }) => limits[limit] > 0).map((rate) => {
    const maximum = limits[rate.limit];
    return { ...rate, maximum, counter: counters.create(rate.policy, maximum) };
  });
  if (rates.length === 0) return undefined;
  const of = (quantity: Quantity) => rates.filter((rate) => rate.quantity === quantity);
  const [requests, costs, mutations] = [of('requests'), of('cost'), of('mutations')];
  const refusal = ({ limit }: Rate, { secondsLeft }: CounterState): RateRefusal => ({
    error: describeLimit(limit, undefined, 'RATE_LIMITED'),
    retryAfterSeconds: secondsLeft,
  });

  return {
    async enter(client) {
      const seen: (readonly [Rate, CounterState])[] = [];
      for (const rate of [...costs, ...requests]) {
        const key = rate.keyOf(client);
        if (key === undefined) continue;
        const state = await (rate.quantity === 'cost' ? rate.counter.look(key) : rate.counter.take(key, 1));
        seen.push([rate, state]);
        const isUsedUp = state.isOver || (rate.quantity === 'cost' && state.remaining === 0);
        if (isUsedUp) return { refused: refusal(rate, state), headers: headersOf(seen) };
      }
      return { refused: undefined, headers: headersOf(seen) };
    },
    async enterMutation(client, rootFields) {
      for (const rate of mutations) {
        const key = rate.keyOf(client);
        const state = key === undefined ? undefined : await rate.counter.take(key, rootFields);
        if (state?.isOver) return refusal(rate, state);
      }
      return undefined;
    },
    async spend(client, cost) {
      if (cost <= 0) return;
      const adding = costs.flatMap(({ counter, keyOf }) => {
        const key = keyOf(client);
        return key === undefined ? [] : [counter.add(key, cost)];
      });
      await Promise.allSettled(adding);
    },
  };
}

function headersOf(seen: readonly (readonly [Rate, CounterState])[]): RateDecision['headers'] {
  if (seen.length === 0) return [];
  const policies = seen.map(([{ policy, maximum }]) => `"${policy}";q=${maximum};w=60`);
  const states = seen.map(([{ policy }, { remaining, secondsLeft }]) => `"${policy}";r=${remaining};t=${secondsLeft}`);
  return [
    ['ratelimit-policy', policies.join(', ')],
    ['ratelimit', states.join(', ')],
  ];
}
