/** An authentication context of Conditional Access: `c1` to `c99`. */
export const AUTH_CONTEXT = /^c[1-9]\d?$/;

/**
 * A user or an application that the emulator can issue tokens for. All of it is fictional. The emulator needs no password,
 * so nothing here may belong to a real person.
 */
export interface Persona {
  /** Short and unique name for `entra-graphql token issue` and the sign-in page. An example is `erin`. */
  readonly name: string;
  /**
   * `delegated` is a user who signs in to a client. `app-only` is a service principal that client credentials stand for.
   */
  readonly kind: 'delegated' | 'app-only';
  /** The tenant that issues its tokens, a GUID. */
  readonly tenantId: string;
  /** Claim `oid`, a GUID. */
  readonly objectId: string;
  readonly displayName: string;
  /** Their work, in a sentence for the emulator's home page. */
  readonly about?: string;
  /** Delegated permissions which clients may have for this user. A token carries those of them that were asked for. */
  readonly scopes: readonly string[];
  /** App roles assigned to the user. */
  readonly roles: readonly string[];
  /** Application permissions (app-only personas). */
  readonly permissions: readonly string[];
  /** Authentication contexts (`c1` … `c99`) the user can satisfy. In a token only when a sign-in asked for them. */
  readonly authContexts: readonly string[];
  readonly isGuest: boolean;
  /** Object ids of the groups that the user is in, in lower case. */
  readonly groups?: readonly string[];
  /** Further claims of its access tokens, such as the optional claim `ctry`. They replace none of the emulator's own. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** As Microsoft Graph has it. */
  readonly jobTitle?: string;
  readonly officeLocation?: string;
  /** The user account belongs to an agent, not to a person. */
  readonly isAgentAccount?: boolean;
}
