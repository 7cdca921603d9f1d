import { createBoundedReading, type FetchJsonObject } from '../../../src/authentication/fetch/bounded-fetch.js';

/** Reads one document at a time, each within the bounds. */
export function createReadOne(...settings: Parameters<typeof createBoundedReading>): FetchJsonObject {
  const readBounded = createBoundedReading(...settings);
  return (address) => readBounded((fetchJsonObject) => fetchJsonObject(address));
}
