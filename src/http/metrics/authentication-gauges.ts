import type { Authentication } from '../../authentication/authentication.js';
import type { Gauge } from './server-counts.js';

/** Creates the gauges of signing keys and remembered tokens. */
export function authenticationGauges(authentication: Authentication): Gauge[] {
  return [
    {
      name: 'signing_keys_ready',
      help: '1 when there are keys for every accepted version of tokens, of every authority.',
      read: () => [['', authentication.readiness().ready ? 1 : 0]],
    },
    {
      name: 'signing_keys_age_seconds',
      help: 'Seconds since the key set was last fetched, by version of tokens.',
      label: 'version',
      read: () => authentication.measures().keySetAgeSeconds,
    },
    {
      name: 'verified_token_cache_bytes',
      help: 'Memory of remembered tokens, as estimated.',
      read: () => [['', authentication.measures().rememberedTokenBytes]],
    },
  ];
}
