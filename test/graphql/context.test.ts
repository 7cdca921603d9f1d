import { describe, expect, it } from 'vitest';
import { AccessTokenError } from '../../src/authentication/refusals/access-token-error.js';
import { createContextFunction } from '../../src/graphql/context.js';
import { createTenant, delegatedClaims } from '../support/tenant.js';

const ADDRESS = '192.0.2.1';
const tenant = createTenant();
const authentication = tenant.authentication();

/** A context function over a resource that notes for whom it was asked. */
function create() {
  return createContextFunction({
    authentication,
    resource: { createContext: (caller, event, parts) => ({ caller, event, parts, dispose: async () => undefined }) },
    denialLog: { watch: (context) => context },
  });
}

const requestWith = (accessToken: string) => ({ rawHeaders: ['Authorization', `Bearer ${accessToken}`] });

describe('the context function', () => {
  it('puts the caller with the claims of the verified token into the context', async () => {
    const { authenticate, createContext } = create();
    const { oid, tid } = delegatedClaims();
    const authenticated = await authenticate(requestWith(tenant.signAccessToken()));
    expect(createContext(authenticated, ADDRESS, 'event')).toMatchObject({
      caller: { kind: 'delegated', objectId: oid, tenantId: tid, scopes: expect.any(Set) },
      event: 'event',
      parts: undefined,
    });
  });

  it('puts no caller into the context of a request without a token, and passes its address on', async () => {
    const { authenticate, createContext } = create();
    const context = createContext(await authenticate({ rawHeaders: [] }), ADDRESS);
    expect(context).toMatchObject({ caller: undefined, parts: { address: ADDRESS } });
  });

  it('creates no context for a bad token', async () => {
    const { authenticate } = create();
    const forged = tenant.signAccessToken({ claims: { aud: 'api://other' } });
    await expect(Promise.resolve(authenticate(requestWith(forged)))).rejects.toBeInstanceOf(AccessTokenError);
  });

  it('creates no context for a request that was never authenticated', () => {
    expect(() => create().createContext(undefined, ADDRESS)).toThrow(TypeError);
  });

  it('asks for the source of a token only when the token is new', async () => {
    const { authenticate } = create();
    const request = requestWith(tenant.signAccessToken({ claims: { uti: 'new' } }));
    let asked = 0;
    const from = () => {
      asked += 1;
      return { source: '192.0.2.1' };
    };
    const first = authenticate(request, from);
    expect(first).toBeInstanceOf(Promise);
    await first;
    expect(authenticate(request, from)).not.toBeInstanceOf(Promise);
    expect(asked).toBe(1);
  });

  it('creates another context for each operation', async () => {
    const { authenticate, createContext } = create();
    const authenticated = await authenticate(requestWith(tenant.signAccessToken()));
    expect(createContext(authenticated, ADDRESS)).not.toBe(createContext(authenticated, ADDRESS));
  });
});
