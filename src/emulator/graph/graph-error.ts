/** An error of Microsoft Graph. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Returns the body of an error answer. */
export function graphErrorBody({ code, message }: GraphError, nowMs: number) {
  const date = new Date(nowMs).toISOString().slice(0, 19);
  return { error: { code, message, innerError: { date } } };
}
