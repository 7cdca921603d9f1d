import type { Caller } from './caller.js';

/** Members with personal data or ids of groups. */
const HIDDEN = ['claims', 'groupRoles'] as const;

/** Freezes a caller whose hidden members are not enumerable. */
export function freezeCaller<T extends Caller>(caller: T): T {
  for (const name of HIDDEN) if (name in caller) Object.defineProperty(caller, name, { enumerable: false });
  return Object.freeze(caller);
}
