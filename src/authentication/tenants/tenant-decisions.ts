import { LRUCache } from 'lru-cache';
import type { Schedule } from '../keys/schedule.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Says whether the tokens of a tenant are accepted. Only `true` means yes. */
export type IsTenantAllowed = (tenantId: string) => boolean | Promise<boolean>;

export interface TenantDecisions {
  /** Returns the remembered decision. Undefined: there is none, or it is too old. */
  known(tenantId: string): boolean | undefined;
  /** Asks if no decision is remembered. Never rejects: a question that fails or takes too long means no. */
  decide(tenantId: string): Promise<boolean>;
}

export interface TenantDecisionSettings {
  readonly isTenantAllowed: IsTenantAllowed;
  readonly schedule: Schedule;
  /** Milliseconds since any moment. */
  elapsedMs(): number;
  /** Called for each question that failed. */
  onFailure(error: unknown): void;
}

const DECISION_MS = AUTHENTICATION_LIMITS.tenantSeconds.default * 1000;
const FAILURE_MS = AUTHENTICATION_LIMITS.tenantFailureSeconds.default * 1000;
const QUESTION_MS = AUTHENTICATION_LIMITS.tenantMilliseconds.default;
const MAX_QUESTIONS = AUTHENTICATION_LIMITS.tenantQuestions.default;

/**
 * Creates the decisions. Ask only for tokens whose signature is good. Otherwise an anonymous client could cause questions.
 * Each tenant has at most one question under way.
 */
export function createTenantDecisions(settings: TenantDecisionSettings): TenantDecisions {
  const { isTenantAllowed, schedule, elapsedMs, onFailure } = settings;
  const decided = new LRUCache<string, { readonly isAllowed: boolean; readonly untilMs: number }>({
    max: AUTHENTICATION_LIMITS.rememberedTenants.default,
  });
  const underWay = new Map<string, Promise<boolean>>();

  function known(tenantId: string): boolean | undefined {
    const decision = decided.get(tenantId);
    return decision && elapsedMs() < decision.untilMs ? decision.isAllowed : undefined;
  }

  async function ask(tenantId: string): Promise<boolean> {
    try {
      const isAllowed = (await inTime(async () => isTenantAllowed(tenantId), schedule)) === true;
      decided.set(tenantId, { isAllowed, untilMs: elapsedMs() + DECISION_MS });
      return isAllowed;
    } catch (error) {
      decided.set(tenantId, { isAllowed: false, untilMs: elapsedMs() + FAILURE_MS });
      onFailure(error);
      return false;
    }
  }

  return {
    known,
    async decide(tenantId) {
      const decision = known(tenantId) ?? underWay.get(tenantId);
      if (decision !== undefined) return decision;
      if (underWay.size >= MAX_QUESTIONS) {
        onFailure(new Error(`more than ${MAX_QUESTIONS} questions are under way`));
        return false;
      }
      const asking = ask(tenantId).finally(() => underWay.delete(tenantId));
      underWay.set(tenantId, asking);
      return asking;
    },
  };
}

function inTime<T>(work: () => Promise<T>, schedule: Schedule): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = schedule(() => reject(new Error(`no answer within ${QUESTION_MS} ms`)), QUESTION_MS);
    work().then(resolve, reject).finally(cancel);
  });
}
