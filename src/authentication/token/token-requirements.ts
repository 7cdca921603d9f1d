import type { TokenVersion } from '../token-version.js';

/** What an access token has to be like to be accepted; made from the options once. GUIDs are lower-case. */
export interface TokenRequirements {
  readonly versions: ReadonlySet<TokenVersion>;
  /** Compared ordinally with `aud`. Never empty. */
  readonly audiences: ReadonlySet<string>;
  readonly tenants: ReadonlySet<string>;
  /** Clients that may call; undefined allows any. */
  readonly clients: ReadonlySet<string> | undefined;
  /** Clients whose tokens may hold neither scopes nor roles. */
  readonly clientsWithoutPermissions: ReadonlySet<string>;
  readonly clockToleranceSeconds: number;
}
