import { isObject } from '../../values/is-object.js';

/**
 * Members under which servers and their integrations keep a request: `{ event: { node: { req } } }` of H3 is the deepest.
 */
const HOLDER_NAMES = ['raw', 'req', 'request', 'event', 'ctx', 'node', 'c'] as const;
const MAX_DEPTH = 3;

/**
 * Returns a request and all that it holds under known names. Each comes once: the parts of a request refer to each other.
 */
export function holdersWithin(request: unknown): readonly object[] {
  const depths = new Map<object, number>(isObject(request) ? [[request, 0]] : []);
  for (const [holder, depth] of depths) {
    if (depth === MAX_DEPTH) break;
    for (const name of HOLDER_NAMES) {
      const held = heldUnder(holder, name);
      if (isObject(held) && !depths.has(held)) depths.set(held, depth + 1);
    }
  }
  return [...depths.keys()];
}

/** Returns undefined if reading throws. The `event` of Hono's context throws where it is missing. */
function heldUnder(holder: object, name: string): unknown {
  try {
    return Reflect.get(holder, name);
  } catch {
    return undefined;
  }
}

/** Returns a member of an object, inherited ones included. */
export function member(value: object, name: string | symbol): unknown {
  return Reflect.get(value, name);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}
