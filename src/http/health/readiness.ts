import { LIMITS } from '../../config/limits.js';
import { withinTime } from '../../values/within-time.js';
import type { Gauge } from '../metrics/server-counts.js';

/** The dependency is there in part: the server answers requests that do not need the rest. */
export class PartlyReadyError extends Error {
  override readonly name = 'PartlyReadyError';
}

/** One thing the server needs in order to answer. `check` rejects when it is not ready, or ready in part. */
export interface Dependency {
  readonly name: string;
  check(): Promise<void>;
  /** Time for which the server stays in service without it, once it was ready. Default 0. */
  readonly graceMs?: number;
}

/**
 * `degraded`: the dependency is not ready, and the server answers requests that do not need it, for a time or as long as the
 * dependency is there in part.
 */
export type DependencyState =
  | { readonly state: 'ready' }
  | { readonly state: 'degraded' | 'unavailable'; readonly error: unknown };

/** A lost connection answers only after seconds. */
const GRACE_ANSWER_MS = LIMITS.readinessAnswerMs.default;

/**
 * Creates the readiness check of a dependency. The time without it begins with the first check that fails or does not
 * answer, and ends with the first one that succeeds. A dependency that was never ready has no such time.
 *
 * @param now clock in milliseconds. Default: the process's
 */
export function createDependencyReadiness(
  { check, graceMs = 0 }: Pick<Dependency, 'check' | 'graceMs'>,
  now: () => number = () => performance.now(),
): () => Promise<DependencyState> {
  let wasReady = false;
  let missingSince: number | undefined;
  const judge = (error: unknown): DependencyState => {
    if (error instanceof PartlyReadyError) return { state: 'degraded', error };
    missingSince ??= now();
    const isWithin = wasReady && now() - missingSince < graceMs;
    return { state: isWithin ? 'degraded' : 'unavailable', error };
  };
  return async () => {
    const asking = check().then((): DependencyState => {
      wasReady = true;
      missingSince = undefined;
      return { state: 'ready' };
    }, judge);
    if (!wasReady || graceMs === 0) return asking;
    const late = () => judge(new Error(`no answer within ${GRACE_ANSWER_MS} ms`));
    const early = await withinTime(asking, GRACE_ANSWER_MS, late);
    return early.state === 'unavailable' ? asking : early;
  };
}

/** A gauge that shows for each dependency how the last check went. */
export function createReadinessGauge(): Gauge & { set(dependency: string, state: DependencyState['state']): void } {
  const states = new Map<string, number>();
  return {
    name: 'dependency_ready',
    help: '1 when the last check of /readyz found the dependency ready.',
    label: 'dependency',
    read: () => states,
    set: (dependency, state) => void states.set(dependency, state === 'ready' ? 1 : 0),
  };
}
