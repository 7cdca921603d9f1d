const REPORT_EVERY_MS = 60_000;

/** Tells whether a line with this code may be written now. It is to say how many were left out since the last one. */
export type ReportCount = (code: string) => { readonly leftOut?: number } | undefined;

/** Allows one line a minute for each code, since clients decide how often a token is refused. */
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
