import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyBaseLogger } from 'fastify';
import type { Caller } from '../authentication/caller.js';
import type { AuthorizationContext, Denial } from '../authorization/authorization.js';
import { describeMissing } from '../authorization/describe-missing.js';

/** Coordinates in one line: a document may deny thousands, but the line is to be read. */
const MAX_LOGGED = 50;

/** Where a context keeps its denials. A property, so that a copy of the context (a mutation's has its own database) has it too. */
const DENIALS = Symbol('denials');

/**
 * Collects what one operation was denied and writes it as one line: who (object id, client, tenant), which coordinates,
 * what was missing. Names of the schema only, no value of the request. In report mode, where nothing is denied, the client
 * is told as well, in the response's `extensions.authorization`.
 */
export class DenialLog {
  constructor(
    private readonly log: Pick<FastifyBaseLogger, 'warn'>,
    private readonly mode: 'enforce' | 'report',
  ) {}

  /** Collects the denials of the operation that will run with this context. */
  watch<TContext extends AuthorizationContext>(context: TContext): TContext {
    const denials: Denial[] = [];
    return Object.assign(context, { [DENIALS]: denials });
  }

  record(denial: Denial, context: AuthorizationContext): void {
    denialsOf(context).push(denial);
  }

  /** Writes the line when the response is known. */
  plugin(): ApolloServerPlugin<AuthorizationContext> {
    return {
      requestDidStart: async () => ({
        willSendResponse: async ({ contextValue: context, response }) => {
          const denials = denialsOf(context);
          if (denials.length === 0) return;
          const denied = missingByCoordinate(denials);
          const words = this.mode === 'report' ? 'fields would have been denied' : 'fields denied';
          this.log.warn({ ...who(context.caller), denied, count: denials.length }, words);
          if (this.mode !== 'report' || response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, authorization: { mode: 'report', denied } };
        },
      }),
    };
  }
}

function denialsOf(context: AuthorizationContext & { readonly [DENIALS]?: Denial[] }): Denial[] {
  return context[DENIALS] ?? [];
}

function who(caller: Caller | undefined): object {
  if (!caller) return { kind: 'anonymous' };
  return { kind: caller.kind, oid: caller.objectId, client: caller.clientId, tid: caller.tenantId };
}

function missingByCoordinate(denials: readonly Denial[]): object {
  const missing = new Map(denials.map((denial) => [denial.coordinate, describeMissing(denial.missing)]));
  return Object.fromEntries([...missing].slice(0, MAX_LOGGED));
}
