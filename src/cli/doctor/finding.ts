/** One line of `doctor`. */
export interface Finding {
  readonly check: string;
  /** `warn`: works and may surprise. `fail`: good requests are refused or the server does not start. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly seen: string;
  /** The next step for the reader. */
  readonly advice?: string;
}
