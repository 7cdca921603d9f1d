import type { Caller } from '../../authentication/caller.js';

/**
 * Returns the caller that a context has. Null is as anonymous as undefined.
 *
 * @throws TypeError for any other value: it could be neither allowed nor denied what it may do
 */
export function readCaller(caller: Caller | null | undefined): Caller | undefined {
  if (caller === undefined || caller === null) return undefined;
  if (caller.kind === 'delegated') {
    return isSet(caller.scopes) && isSet(caller.roles) && isSet(caller.authContexts) ? caller : refuse(caller);
  }
  return caller.kind === 'app-only' && isSet(caller.permissions) ? caller : refuse(caller);
}

/** Checks only for the function, because a Set may come from another realm. */
function isSet(held: Partial<ReadonlySet<string>> | undefined): boolean {
  return typeof held?.has === 'function';
}

const SETS = {
  delegated: ['scopes', 'roles', 'authContexts'],
  'app-only': ['permissions'],
} as const;

function refuse(caller: Caller): never {
  const names: readonly string[] = Object.hasOwn(SETS, caller.kind) ? SETS[caller.kind] : [];
  const wrong = names.find((name) => !isSet(Reflect.get(caller, name)));
  throw new TypeError(
    wrong === undefined
      ? 'The "caller" of the context is not one that entra-graphql made. Leave it as authenticate or context returned it.'
      : `The "${wrong}" of the caller in the context is not a Set, as after JSON, which has no Sets. Leave the caller as authenticate or context returned it, or make it new: new Set(${wrong}).`,
  );
}
