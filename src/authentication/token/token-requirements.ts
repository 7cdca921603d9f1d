/** `ver` of an Entra access token. It follows the manifest of the API's app registration, not the client's endpoint. */
export type TokenVersion = '1.0' | '2.0';

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
