import { vi } from 'vitest';

/*
 * The tests of what callers get, once more: here graphql-shield's rules alone decide every field of every operation. What
 * may run unguarded runs behind them too.
 */

type Room = typeof import('../../src/authorization/authorization.js');
type Harness = typeof import('./harness.js');

vi.mock('../../src/authorization/authorization.js', async (load) => {
  const room = await load<Room>();
  const createAuthorization: Room['createAuthorization'] = (options) => ({
    ...room.createAuthorization({ ...options, fastPath: false }),
    // Tests of what is decided beforehand expect `unguarded`.
    check: room.createAuthorization(options).check,
  });
  return { ...room, createAuthorization };
});

vi.mock('./harness.js', async (load) => {
  const harness = await load<Harness>();
  const authorize: Harness['authorize'] = (...given) => {
    const api = harness.authorize(...given);
    return { ...api, bare: api.schema };
  };
  return { ...harness, authorize };
});

await import('./field-cases.test.js');
await import('./report-mode.test.js');
await import('./subscriptions.test.js');
await import('./operations/interface-selections.test.js');
await import('./operations/whole-refusals.test.js');
await import('./guards/policies.test.js');
await import('./guards/type-policies.test.js');
await import('./guards/memory/decisions-by-place.test.js');
await import('./guards/memory/remembered-denials.test.js');
await import('./guards/entities/federation-entities.test.js');
