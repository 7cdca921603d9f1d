/** Addresses that can be made to fail. Both versions of each fail together. */
export type FaultArea = 'metadata' | 'keys' | 'token' | 'graph';

/** A failure that an address shows instead of its work, until it is taken back or happened `times` times. */
export type Fault = {
  readonly at: FaultArea;
  /** Default: until it is taken back. */
  readonly times?: number;
} & (
  | {
      /**
       * Answers with anything HTTP can say. Examples are `{status: 503}`, a login page instead of JSON, `{"keys":[]}` and
       * half a document.
       */
      readonly kind: 'answer';
      /** Default 200. */
      readonly status?: number;
      /** Default `application/json`. */
      readonly contentType?: string;
      /** Default empty. */
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Works, but only after a while (at most {@link MAX_DELAY_MS}). */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Ends the connection without an answer. */
  | { readonly kind: 'disconnect' }
);

/** Longer delays are cut to this. */
export const MAX_DELAY_MS = 60_000;

const AREAS: readonly (readonly [RegExp, FaultArea])[] = [
  [/\/\.well-known\/openid-configuration$/, 'metadata'],
  [/\/discovery\/(v2\.0\/)?keys$/, 'keys'],
  [/\/oauth2\/(v2\.0\/)?token$/, 'token'],
  [/^\/v1\.0\//, 'graph'],
];

/** Returns the area of a path if it can fail at all. */
export function faultAreaOf(path: string): FaultArea | undefined {
  return AREAS.find(([pattern]) => pattern.test(path))?.[1];
}
