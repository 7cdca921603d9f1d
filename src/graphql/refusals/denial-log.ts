import type { ApolloServerPlugin } from '@apollo/server';
import type { Caller } from '../../authentication/caller.js';
import type { AuthorizationContext, Denial } from '../../authorization/authorization.js';
import { describeMissing } from '../../authorization/decisions/describe-missing.js';
import { placeInQuery } from '../../authorization/decisions/limit-denials.js';
import { LIMITS } from '../../config/limits.js';
import { UNKNOWN_ADDRESS } from '../../http/client-address.js';
import type { RefusalLines } from '../../http/log/refusal-lines.js';
import type { ServerCounts } from '../../http/metrics/server-counts.js';
import { recordOf } from '../../http/operation-record.js';

const MAX_LOGGED = LIMITS.loggedDenials.default;

/**
 * Key of the denials in a context. It is a property, so that a copy of the context has it too. A mutation gets such a copy
 * with its own database.
 */
const DENIALS = Symbol('denials');

/**
 * Counts denials and writes one line for each operation that has any. The line has the caller (object id, client, tenant),
 * at most 50 coordinates (`loggedDenials`) with the missing permissions, and the number of all denials. It has no value of
 * the request. In report mode a verified caller is denied nothing. `extensions.authorization` of the response then lists the
 * same coordinates, and with hints what is missing for each.
 */
export class DenialLog {
  /** Texts by list of missing permissions, because denials with the same list can share it. */
  readonly #words = new WeakMap<Denial['missing'], string>();

  constructor(
    private readonly log: Record<'warn' | 'error', (fields: object, message: string) => void>,
    private readonly options: {
      readonly mode: 'enforce' | 'report';
      readonly hints: boolean;
      /** `METRICS_DENIED_COORDINATES` is on. */
      readonly countsCoordinates?: boolean;
      /** Bounds the lines of anonymous callers, by address and the code of the first denial. Default: no bound. */
      readonly refusalLines?: Pick<RefusalLines, 'take'>;
    },
    private readonly counts: Pick<ServerCounts, 'deniedFields' | 'deniedCoordinates'>,
  ) {}

  /** Collects the denials of the operation that will run with this context. */
  watch<TContext extends AuthorizationContext>(context: TContext): TContext {
    const denials: Denials = { byPlace: new Map() };
    return Object.assign(context, { [DENIALS]: denials });
  }

  /** @returns whether the operation was denied this place for the first time */
  record(denial: Denial, context: AuthorizationContext): boolean {
    const denials = denialsOf(context);
    const { byPlace } = denials;
    const place = placeOf(denial);
    if (byPlace.has(place)) return false;
    byPlace.set(place, denial);
    const { coordinate, cause } = denial;
    this.counts.deniedFields.add(denial.code);
    if (this.options.countsCoordinates) this.counts.deniedCoordinates.add(coordinate);
    // One line for each field of an operation, because aliases repeat a field in a few bytes.
    if (cause === undefined || denials.failed?.has(coordinate)) return true;
    denials.failed = (denials.failed ?? new Set()).add(coordinate);
    this.log.error({ err: cause, coordinate }, 'a policy threw an error, so its field is denied');
    return true;
  }

  /** Writes the line of an operation, if anything of it was denied. */
  write(context: AuthorizationContext): void {
    const { byPlace } = denialsOf(context);
    const denials = [...byPlace.values()];
    const [first] = denials;
    if (!first) return;
    if (!context.caller && !this.#mayLogAnonymous(context, first)) return;
    const words = this.#isReport(context) ? 'fields would have been denied' : 'fields denied';
    const denied = this.#missingByCoordinate(denials);
    this.log.warn({ ...who(context.caller), denied, count: byPlace.size }, words);
  }

  #mayLogAnonymous(context: AuthorizationContext, { code }: Denial): boolean {
    const source = recordOf(context)?.holder ?? UNKNOWN_ADDRESS;
    return this.options.refusalLines?.take({ source, code }) ?? true;
  }

  #missingByCoordinate(denials: readonly Denial[]): object {
    const missing = new Map(denials.map((denial) => [denial.coordinate, this.#wordsFor(denial.missing)]));
    return Object.fromEntries([...missing].slice(0, MAX_LOGGED));
  }

  #wordsFor(missing: Denial['missing']): string {
    const words = this.#words.get(missing) ?? describeMissing(missing);
    this.#words.set(missing, words);
    return words;
  }

  /** Returns whether nothing was really denied. An anonymous caller is denied in report mode too. */
  #isReport({ caller }: AuthorizationContext): boolean {
    return this.options.mode === 'report' && caller !== undefined;
  }

  /** Writes the line when the response is known. */
  plugin(): ApolloServerPlugin<AuthorizationContext> {
    return {
      requestDidStart: async () => ({
        willSendResponse: async ({ contextValue: context, response }) => {
          this.write(context);
          const { byPlace } = denialsOf(context);
          if (byPlace.size === 0 || !this.#isReport(context) || response.body.kind !== 'single') return;
          const denied = this.#missingByCoordinate([...byPlace.values()]);
          const { singleResult } = response.body;
          const told = this.options.hints
            ? denied
            : Object.fromEntries(Object.keys(denied).map((name) => [name, null]));
          singleResult.extensions = {
            ...singleResult.extensions,
            authorization: { ...Object(singleResult.extensions?.authorization), mode: 'report', denied: told },
          };
        },
      }),
    };
  }
}

interface Denials {
  /**
   * The first denial of each coordinate at each place in the query. The items of a list are one place. In report mode the
   * plan and the field can report the same denial, which counts once.
   */
  readonly byPlace: Map<string, Denial>;
  /** Coordinates of the fields whose policies threw an error. */
  failed?: Set<string>;
}

function denialsOf(context: AuthorizationContext & { readonly [DENIALS]?: Denials }): Denials {
  return context[DENIALS] ?? { byPlace: new Map() };
}

function placeOf({ coordinate, path }: Denial): string {
  return `${coordinate} ${placeInQuery(path)}`;
}

function who(caller: Caller | undefined): object {
  if (!caller) return { kind: 'anonymous' };
  const { kind, objectId: oid, clientId: client, tenantId: tid, agent } = caller;
  return { kind, oid, client, tid, ...(agent && { agent: agent.identityId }) };
}
