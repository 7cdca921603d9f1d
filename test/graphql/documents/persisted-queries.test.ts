import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createPersistedQueries } from '../../../src/graphql/documents/persisted-queries.js';

it('keeps as many bytes as are allowed, and forgets the oldest text for one more', async () => {
  const one = createPersistedQueries(defaultLimits.persistedQueryCacheBytes);
  await one.set('a', '');
  const length = defaultLimits.persistedQueryCacheBytes / 2 - one.size;
  for (const [more, kept] of [
    [0, true],
    [1, false],
  ] as const) {
    const texts = createPersistedQueries(defaultLimits.persistedQueryCacheBytes);
    await texts.set('a', 'a'.repeat(length));
    await texts.set('b', 'b'.repeat(length + more));
    expect((await texts.get('a')) !== undefined).toBe(kept);
    expect((await texts.get('b'))?.length).toBe(length + more);
  }
});
