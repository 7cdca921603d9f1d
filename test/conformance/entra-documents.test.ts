import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readKeySet } from '../../src/authentication/keys/key-set.js';
import { isKeyOf } from '../../src/authentication/keys/signing-key.js';
import { withRecordedData } from '../support/execution/recorded-data.js';
import { createTenant, ids, settle } from '../support/tenant.js';

const Snapshot = z.object({
  metadata: z.object({ issuer: z.string(), jwks_uri: z.string() }).loose(),
  jwks: z.object({ keys: z.array(z.object({ kid: z.string() }).loose()) }),
});

describe('the documents of the real common endpoint', () => {
  withRecordedData('entra-common-snapshot.json', (data) => {
    const { metadata, jwks } = Snapshot.parse(data);

    it('list each kid once, for work tenants or for personal accounts', async () => {
      const { keys, unusable } = await readKeySet(
        { issuer: metadata.issuer, jwksUri: metadata.jwks_uri, cloudInstanceName: 'microsoftonline.com' },
        async () => ({ keys: jwks.keys }),
      );
      expect(unusable).toEqual([]);
      const countOf = (tenantId: string) => {
        const issuer = metadata.issuer.replace('{tenantid}', tenantId);
        return keys.filter((key) => isKeyOf(key, { tenantId, issuer })).length;
      };
      expect({ all: keys.length, work: countOf(ids.tenant), personal: countOf(ids.consumerTenant) }).toEqual({
        all: 7,
        work: 5,
        personal: 2,
      });
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    });

    it('are read, and every key in them is usable', async () => {
      const tenant = createTenant();
      tenant.answers['https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration'] = {
        body: metadata,
      };
      tenant.answers[metadata.jwks_uri] = { body: jwks };
      const authentication = tenant.authentication({
        tenantId: 'common',
        allowedTenants: [ids.tenant],
        acceptV1Tokens: false,
      });
      authentication.start();
      await settle();
      expect(authentication.readiness()).toEqual({ ready: true, detail: `v2.0: signing keys ${jwks.keys.length}` });
      expect(tenant.log.filter(({ level }) => level === 'warn')).toEqual([]);
    });
  });
});
