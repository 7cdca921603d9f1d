import { describe, expect, it } from 'vitest';
import { FAULTY_PROXIES, SECRETS } from '../support/network/faulty-proxies.js';
import { createKey, delegatedClaims, ids, signToken } from '../support/tenant.js';
import { runInTerminal } from '../support/terminal.js';

const key = createKey();
const token = signToken(key, { typ: 'JWT', alg: 'RS256', kid: key.kid }, delegatedClaims());
// Nothing but time is different in the one that says nothing, and the time of a server is long.
const quick = FAULTY_PROXIES.filter(([, failure]) => failure !== 'no-answer');

describe.each(quick)('a proxy that %s', (_what, _failure, reason, start) => {
  it.each([['token', 'inspect', '-'], ['doctor']])(
    'is named, without its login, with what failed: %s',
    async (...words) => {
      const proxy = await start();
      const environment = {
        ENTRA_TENANT_ID: ids.tenant,
        ENTRA_CLIENT_ID: ids.api,
        ENTRA_INSTANCE: 'https://login.example.com',
        HTTPS_PROXY: proxy.address,
      };
      const { printed } = await runInTerminal([...words, '--json'], { environment, input: token });
      await proxy.close();
      expect(printed).toMatch(new RegExp(reason.source.replace('^', '')));
      expect(printed).toContain(proxy.host);
      expect(printed).not.toMatch(SECRETS);
    },
  );
});
