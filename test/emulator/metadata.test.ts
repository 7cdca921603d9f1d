import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import { send, startTestEmulator, TENANT } from './emulator-fixture.js';

describe('metadata', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const v1 = async (tenant: string) =>
    (await send(`${emulator.instance}/${tenant}/.well-known/openid-configuration`)).body;
  const v2 = async (tenant: string) =>
    (await send(`${emulator.instance}/${tenant}/v2.0/.well-known/openid-configuration`)).body;

  it('has the v2.0 issuer of the tenant, without a slash at the end', async () => {
    expect(await v2(TENANT)).toMatchObject({ issuer: `${emulator.instance}/${TENANT}/v2.0` });
  });

  it('has the v1.0 issuer of the tenant, with a slash at the end', async () => {
    expect(await v1(TENANT)).toMatchObject({ issuer: `${emulator.instance}/${TENANT}/` });
  });

  it.each(['common', 'organizations'])('has the template of issuers for %s', async (tenant) => {
    expect(await v2(tenant)).toMatchObject({ issuer: `${emulator.instance}/{tenantid}/v2.0` });
    expect(await v1(tenant)).toMatchObject({ issuer: `${emulator.instance}/{tenantid}/` });
  });

  it('names v2.0 endpoints under the tenant', async () => {
    const endpoints = `${emulator.instance}/${TENANT}/oauth2/v2.0`;
    expect(await v2(TENANT)).toMatchObject({
      authorization_endpoint: `${endpoints}/authorize`,
      token_endpoint: `${endpoints}/token`,
      device_authorization_endpoint: `${endpoints}/devicecode`,
      end_session_endpoint: `${endpoints}/logout`,
      jwks_uri: `${emulator.instance}/${TENANT}/discovery/v2.0/keys`,
    });
  });

  it('names v1.0 endpoints under the tenant', async () => {
    const endpoints = `${emulator.instance}/${TENANT}/oauth2`;
    expect(await v1(TENANT)).toMatchObject({
      authorization_endpoint: `${endpoints}/authorize`,
      token_endpoint: `${endpoints}/token`,
      jwks_uri: `${emulator.instance}/${TENANT}/discovery/keys`,
    });
  });

  it('does not depend on the case of the tenant', async () => {
    expect(await v2(TENANT.toUpperCase())).toMatchObject({ issuer: `${emulator.instance}/${TENANT}/v2.0` });
  });

  it('does not exist for an unknown tenant', async () => {
    const { status, body } = await send(
      `${emulator.instance}/ffffffff-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration`,
    );
    expect([status, body.error, body.error_codes]).toEqual([400, 'invalid_request', [90002]]);
  });

  it('says what went wrong in the shape of Entra', async () => {
    const correlationId = '0e0e0e0e-0000-4000-8000-000000000001';
    const { body } = await send(`${emulator.instance}/nowhere/discovery/keys`, {
      headers: { 'client-request-id': correlationId },
    });
    expect(body).toEqual({
      error: 'invalid_request',
      error_description: expect.stringMatching(/^AADSTS90002: .* Trace ID: .* Correlation ID: .* Timestamp: /),
      error_codes: [90002],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: correlationId,
    });
  });
});
