import type { Caller } from '../../authentication/caller.js';

/**
 * Returns the caller that a context has. Null is as anonymous as undefined.
 *
 * @throws TypeError for any other value: it could be neither allowed nor denied what it may do
 */
export function readCaller(caller: Caller | null | undefined): Caller | undefined {
  if (caller === undefined || caller === null) return undefined;
  if (caller.kind === 'delegated' || caller.kind === 'app-only') return caller;
  throw new TypeError(
    'The "caller" of the context is not one that entra-graphql made. Leave it as authenticate or context returned it.',
  );
}
