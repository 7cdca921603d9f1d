/** One line of `doctor`. */
export interface Finding {
  readonly check: string;
  /** `warn`: works, and may surprise; `fail`: requests will be refused that should not be, or the server does not start. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly seen: string;
  /** What to do about it. */
  readonly advice?: string;
}
