/** For `vi.waitFor`: long enough on a busy machine, where its own second is not. */
export const PATIENCE = { timeout: 60_000 };
