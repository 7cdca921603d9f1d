import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Fault, faultAreaOf, MAX_DELAY_MS } from '../fault.js';
import type { Exchange } from '../routes/exchange.js';
import { pathOf } from './request-log.js';

/** The fault in force, if any. */
export interface FaultSwitch {
  set(fault: Fault | undefined): void;
  /** Returns the fault for this path and counts down its `times`. */
  take(path: string): Fault | undefined;
}

/** Creates a switch for one fault at a time. A new fault replaces the old one. */
export function createFaultSwitch(): FaultSwitch {
  let current: { readonly fault: Fault; timesLeft: number } | undefined;
  return {
    set(fault) {
      current = fault && { fault, timesLeft: fault.times ?? Number.POSITIVE_INFINITY };
    },
    take(path) {
      if (!current || current.timesLeft <= 0 || current.fault.at !== faultAreaOf(path)) return undefined;
      current.timesLeft -= 1;
      return current.fault;
    },
  };
}

/** Makes every request meet the fault first. */
export function addFaults(server: FastifyInstance, faults: FaultSwitch): void {
  server.addHook('onRequest', async (request, reply) => {
    const fault = faults.take(pathOf(request.url));
    return fault && playFault(fault, { request, reply });
  });
}

async function playFault(fault: Fault, { request, reply }: Exchange): Promise<FastifyReply | undefined> {
  switch (fault.kind) {
    case 'delay':
      // Does not keep the process alive. Closing the emulator ends the connection anyway.
      await sleep(Math.min(fault.delayMs, MAX_DELAY_MS), undefined, { ref: false });
      return undefined;
    case 'disconnect':
      reply.hijack();
      request.raw.destroy();
      return reply;
    case 'answer':
      return reply
        .status(fault.status ?? 200)
        .headers(fault.headers ?? {})
        .type(fault.contentType ?? 'application/json')
        .send(fault.body ?? '');
  }
}
