import { afterAll, beforeAll } from 'vitest';

/**
 * Lets unhandled rejections pass, as `main.ts` does: graphql-js leaves those of a list's items when another item
 * failed at once. Vitest would fail the run.
 */
export function letRejectionsPass(): void {
  let listeners: NodeJS.UnhandledRejectionListener[];
  beforeAll(() => {
    listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', () => undefined);
  });
  afterAll(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
}
