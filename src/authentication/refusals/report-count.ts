import { AUTHENTICATION_LIMITS } from '../limits.js';

const REPORT_EVERY_MS = AUTHENTICATION_LIMITS.reportSeconds.default * 1000;

/**
 * Returns undefined if a line with this code must not be written now. Otherwise returns the number of lines left out since
 * the last one, for the line to say.
 */
export type ReportCount = (code: string) => { readonly leftOut?: number } | undefined;

/** Allows one line a minute for each code, because clients decide how often something fails. */
export function createReportCount(elapsedMs: () => number): ReportCount {
  const lastByCode = new Map<string, { readonly atMs: number; leftOut: number }>();
  return (code) => {
    const last = lastByCode.get(code);
    if (last && elapsedMs() - last.atMs < REPORT_EVERY_MS) {
      last.leftOut += 1;
      return undefined;
    }
    lastByCode.set(code, { atMs: elapsedMs(), leftOut: 0 });
    return last && last.leftOut > 0 ? { leftOut: last.leftOut } : {};
  };
}
