import type { MigrationFolder } from './database/setup/migration-files.js';
import type { EmulatorClient, EmulatorOptions, EmulatorTenant } from './emulator/emulator-options.js';
import type { CreateResource } from './graphql/resource.js';

/** The API that the commands are for: this repository's sample, or that of a project which uses the package. */
export interface ServedApi {
  /** Default: `entra-graphql`. */
  readonly name?: string | undefined;
  readonly createResource: CreateResource;
  /** Its SQL files. Without any, the API has no database: `dev` starts none, and `start` needs no `DATABASE_URL`. */
  readonly migrationFolders: readonly MigrationFolder[];
  /**
   * Policies that its code defines, for `permissions --check`. Undefined: only a start knows whether those of the schema
   * exist.
   */
  readonly policyNames?: readonly string[] | undefined;
  /** Other APIs that its code calls, for `registration`. Undefined: it does not say. */
  readonly otherApis?: readonly OtherApi[] | undefined;
  /** Loads what `dev` adds. Production never calls it. */
  loadDevelopmentData(): Promise<DevelopmentData>;
}

/** Another API that the code calls, and the permissions that it asks for there, by name with their ids. */
export interface OtherApi {
  /** For messages: `Microsoft Graph`. */
  readonly name: string;
  /** Its application (client) id. */
  readonly appId: string;
  /** For calls on behalf of a user. */
  readonly delegated?: Readonly<Record<string, string>> | undefined;
  /** For calls as this API itself. */
  readonly application?: Readonly<Record<string, string>> | undefined;
}

/** Additions of `dev` to an API. */
export interface DevelopmentData {
  /** Tenants, applications and personas of the Entra emulator. */
  readonly emulator: Pick<EmulatorOptions, 'api' | 'personas'> & {
    readonly tenants: readonly [EmulatorTenant, ...EmulatorTenant[]];
    readonly clients: readonly [EmulatorClient, ...EmulatorClient[]];
  };
  /** Fills an empty database, as the owner of the tables. */
  seed(ownerUrl: string): Promise<unknown>;
  /** Printed as `curl` lines. */
  readonly calls: readonly { readonly persona: string; readonly says: string; readonly document: string }[];
  /** First documents in Apollo Sandbox, by the names of personas. Default: the welcome document. */
  readonly documents?: Readonly<Record<string, string>> | undefined;
}
