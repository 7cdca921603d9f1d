/** Whether it is a promise in the sense of graphql-js: something with a method `then`. */
export function isPromise(value: unknown): value is Promise<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const candidate: { readonly then?: unknown } = value;
  return typeof candidate.then === 'function';
}
