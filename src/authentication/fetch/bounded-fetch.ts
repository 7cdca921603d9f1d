import { type JsonObject, parseJsonObject } from '../json-object.js';
import { type Schedule, scheduleUnreferenced } from '../keys/schedule.js';
import { innermostError, messageOf } from './innermost-error.js';
import { isProxyError } from './proxy-error.js';

/** As much of `fetch` as is used here; the global one fits. */
export type Fetch = (
  address: string,
  init: {
    readonly headers: Record<string, string>;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
    /** Default GET, which is all that authentication sends. */
    readonly method?: 'GET' | 'POST';
    readonly body?: string;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}>;

/** Reads the JSON object at an address. Rejects with a {@link DocumentError}. */
export type FetchJsonObject = (address: string) => Promise<JsonObject>;

/** A document of the identity provider could not be read. `message` names its address and what came instead. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  constructor(
    readonly address: string,
    readonly reason: string,
    cause?: unknown,
    /** HTTP status of an answer that was not 200. */
    readonly status?: number,
  ) {
    super(`${address}: ${reason}`, { cause });
  }
}

/** Reads documents of the identity provider. `read` interprets them. */
export type BoundedReading = <T>(read: (fetchJsonObject: FetchJsonObject) => Promise<T>) => Promise<T>;

export interface ReadingBounds {
  /**
   * Covers all its documents together up to the last byte. A body that trickles would satisfy an idle time-out for ever. A
   * request that waits for a key waits for both the metadata and the key set.
   */
  readonly timeoutMs: number;
  /** Bounds each decoded body, so that a compressed bomb counts with its decompressed size. */
  readonly maxBytes: number;
  /** Ends a reading early, when the server shuts down. */
  readonly signal: AbortSignal;
  /** Default: {@link scheduleUnreferenced}. */
  readonly schedule?: Schedule | undefined;
}

/**
 * Creates the one function that speaks to the identity provider. It sends GET and accepts status 200 with a JSON object. It
 * follows no redirect. Time and size are bounded.
 */
export function createBoundedReading(fetch: Fetch, bounds: ReadingBounds): BoundedReading {
  return async (read) => {
    const { signal, done } = boundedSignal(bounds);
    try {
      return await read((address) => fetchJsonObject(fetch, address, { signal, maxBytes: bounds.maxBytes }));
    } finally {
      // A body that is not read to its end would keep its connection open.
      done();
    }
  };
}

async function fetchJsonObject(
  fetch: Fetch,
  address: string,
  bounds: Pick<ReadingBounds, 'signal' | 'maxBytes'>,
): Promise<JsonObject> {
  const { signal } = bounds;
  try {
    const response = await fetch(address, { headers: { accept: 'application/json' }, redirect: 'manual', signal });
    const { status } = response;
    if (status !== 200) {
      const refusal = status >= 400 && status < 500 ? await describeRefusal(response.body, bounds) : '';
      throw new DocumentError(address, `status ${status}${refusal}`, undefined, status);
    }
    const text = await readText(response.body, bounds);
    return parseJsonObject(text) ?? notJson(address, text);
  } catch (error) {
    throw error instanceof DocumentError
      ? error
      : new DocumentError(address, messageOf(innermostError(error, isProxyError)), error);
  }
}

/**
 * Creates a signal that ends a reading in time and by `done`. It does not use `AbortSignal.any` and `AbortSignal.timeout`.
 * Nothing would reference the second one, and in Node 20 its timer ends when it is collected as garbage.
 */
export function boundedSignal(bounds: Omit<ReadingBounds, 'maxBytes'>): { signal: AbortSignal; done(): void } {
  const { timeoutMs, signal: closing, schedule = scheduleUnreferenced } = bounds;
  const ending = new AbortController();
  const close = () => ending.abort(closing.reason);
  const cancelTimeout = schedule(() => ending.abort(new Error(`timeout of ${timeoutMs} ms`)), timeoutMs);
  if (closing.aborted) close();
  else closing.addEventListener('abort', close);
  return {
    signal: ending.signal,
    done() {
      cancelTimeout();
      closing.removeEventListener('abort', close);
      ending.abort();
    },
  };
}

/**
 * Rejects with RangeError beyond the bound, with TypeError for text that is not UTF-8, and with the reason of the signal if
 * that ends the reading. In that case the body itself fails as if the other side had closed the connection.
 */
export async function readText(
  body: AsyncIterable<Uint8Array> | null,
  { maxBytes, signal }: Pick<ReadingBounds, 'maxBytes' | 'signal'>,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      length += chunk.byteLength;
      if (length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
}

/**
 * Returns a hint from the body about the server that refused. Entra gives the number of its error. A proxy or portal sends a
 * page.
 */
async function describeRefusal(
  body: AsyncIterable<Uint8Array> | null,
  bounds: Pick<ReadingBounds, 'signal' | 'maxBytes'>,
): Promise<string> {
  const text = await readText(body, bounds).catch(() => '');
  const [code] = /\bAADSTS\d{4,8}\b/.exec(text) ?? [];
  if (code !== undefined) return ` (${code})`;
  return isPage(text) ? `, with ${PAGE}` : '';
}

const PAGE = 'HTML (a page of a proxy?)';

function isPage(text: string): boolean {
  return /^\s*</.test(text);
}

function notJson(address: string, text: string): never {
  const found = isPage(text) ? PAGE : 'something else';
  throw new DocumentError(address, `not a JSON object but ${found}`);
}
