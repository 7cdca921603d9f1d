import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../authentication/caller.js';
import type { ReadyResponse } from '../../http/answers/security-headers.js';
import type { Turns } from '../../http/turns.js';
import { holderOf } from '../caller-places.js';
import type { Refusals } from '../refusals/refusal.js';
import type { CallerRates } from './caller-rates.js';
import type { LoadShedding } from './load-shedding.js';

/**
 * Admits a request of a verified caller that is not an operation but costs as much as one. It takes turns with operations and counts in
 * the same rates. It takes no place, because its answer is made in one piece.
 *
 * @returns false when the request has been answered
 */
export type AdmitRequest = (request: FastifyRequest, reply: FastifyReply, caller: Caller) => Promise<boolean>;

export function createAdmitRequest(parts: {
  readonly turns: Pick<Turns, 'take'>;
  /** Undefined: no rate is bounded. */
  readonly rates: Pick<CallerRates, 'enter'> | undefined;
  readonly shedding: Pick<LoadShedding, 'refuse'>;
  readonly refusals: Pick<Refusals, 'ofOverload' | 'ofRate'>;
  sendPrebuilt(reply: FastifyReply, response: ReadyResponse): void;
}): AdmitRequest {
  const { turns, rates, shedding, refusals, sendPrebuilt } = parts;
  return async (request, reply, caller) => {
    const refuse = (refusal: ReadyResponse) => {
      sendPrebuilt(reply, refusal);
      return false;
    };
    const holder = holderOf(caller, request);
    const overload = shedding.refuse(true, holder);
    // Before the turn: a refusal that ends the connection is to be sent before the next request is read.
    if (overload) return refuse(refusals.ofOverload(overload));
    await turns.take({ name: holder, isKnown: true });
    if (reply.raw.destroyed) {
      reply.hijack();
      return false;
    }
    const { refused, headers = [] } = (await rates?.enter({ holder, caller })) ?? {};
    for (const [name, value] of headers) reply.header(name, value);
    return refused ? refuse(refusals.ofRate(refused)) : true;
  };
}
