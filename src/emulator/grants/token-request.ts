import type { Authority } from '../directory.js';
import type { EmulatorClient } from '../emulator-options.js';
import type { Parameters } from '../requests/parameters.js';
import type { ClientProof } from '../tokens/access-token.js';

/** A request to the token endpoint from a known client. A confidential client has proved its identity. */
export interface TokenRequest {
  readonly authority: Authority;
  readonly client: EmulatorClient;
  readonly clientProof: ClientProof;
  readonly parameters: Parameters;
}
