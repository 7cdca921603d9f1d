import type { TlsCertificate } from './https/tls-certificate.js';
import type { Persona } from './persona.js';

/** Options of an emulator. Ids are GUIDs. The secrets are for development only. */
export interface EmulatorOptions {
  /** Loopback only. Default `127.0.0.1`. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost';
  /** Default 0: any free port. */
  readonly port?: number;
  readonly tenants: readonly EmulatorTenant[];
  readonly api: EmulatorApi;
  /** Other APIs, which clients call for a user (on-behalf-of). Default: none. */
  readonly downstreamApis?: readonly EmulatorApi[];
  readonly clients: readonly EmulatorClient[];
  readonly personas: readonly Persona[];
  /** Users whom Microsoft Graph knows beside the personas. They never sign in. Default: none. */
  readonly otherUsers?: readonly DirectoryUser[];
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** The value of `NODE_ENV`. With `production` the emulator does not start. */
  readonly environment?: string;
  /** A call of the API that the home page shows, to be pasted into a terminal. Default: none. */
  readonly exampleCall?: ExampleCall;
  /** Default 3600. */
  readonly accessTokenLifetimeSeconds?: number;
  /**
   * Answers https on the same port as http. Microsoft's client libraries need https and must trust `Emulator.certificate`.
   * `true` creates a certificate at the start. Default: http only.
   */
  readonly https?: boolean | TlsCertificate;
}

/** A user in Microsoft Graph. */
export type DirectoryUser = Pick<
  Persona,
  'name' | 'tenantId' | 'objectId' | 'displayName' | 'groups' | 'jobTitle' | 'officeLocation'
>;

/** A POST of JSON that needs an access token. */
export interface ExampleCall {
  readonly url: string;
  /** Has no apostrophes. It stands between two of them in the command that is shown. */
  readonly body: string;
}

/** A directory. Its name is only shown. */
export interface EmulatorTenant {
  readonly id: string;
  readonly name: string;
}

/** The app registration of the API that the tokens are for. */
export interface EmulatorApi {
  readonly clientId: string;
  /** Prefix of the scopes clients ask for. Default `api://<clientId>`. */
  readonly appIdUri?: string;
  /** `requestedAccessTokenVersion` of the app manifest. Default 2. */
  readonly accessTokenVersion?: 1 | 2;
  /** Names of the delegated permissions the API offers, without prefix. */
  readonly scopes: readonly string[];
  /** Authentication context that Conditional Access asks for before a client gets a token of this API for a user. */
  readonly authContext?: string | undefined;
  /** Access tokens have the claim `groups`, or say that there are more than 200 of them. Default false. */
  readonly groupClaims?: boolean | undefined;
}

/** An application that may ask for tokens. */
export type EmulatorClient = PublicClient | ConfidentialClient;

/** A single-page, mobile, desktop or command-line application. It cannot keep a secret. */
export interface PublicClient {
  readonly kind: 'public';
  readonly clientId: string;
  readonly name: string;
  /**
   * Compared exactly, with two exceptions. `http://localhost` and `http://127.0.0.1` without a port stand for every port
   * (RFC 8252 s.7.3). `http://localhost/*` also stands for every path.
   */
  readonly redirectUris: readonly string[];
}

/** An application on a server. It can keep a secret or a private key. */
export interface ConfidentialClient {
  readonly kind: 'confidential';
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris?: readonly string[];
  /** Default: a random one. `Emulator.clientSecrets` has it. */
  readonly secret?: string;
  /** PEM certificates. A client assertion that one of their keys signed proves the identity instead of the secret. */
  readonly certificates?: readonly string[];
  /**
   * Scopes of downstream APIs that an administrator consented to for all users: `api://<client id>/<scope>`. An API that
   * calls another one for a user is the client with the same client id.
   */
  readonly consents?: readonly string[];
  /** Application permissions that the client itself holds at Microsoft Graph, such as `User.Read.All`. */
  readonly graphPermissions?: readonly string[];
  /** The client is an agent (Microsoft Entra Agent ID), made from this blueprint. Its tokens say so. */
  readonly agent?: { readonly blueprintId: string };
  /** Name of the app-only persona that its client credentials stand for. Without it the client cannot use that grant. */
  readonly persona?: string;
}
