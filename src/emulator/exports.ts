/** The package entry `entra-graphql/emulator` for a project's own tests and development scripts. */
export { type Emulator, startEmulator } from './emulator.js';
export { EmulatorError, type EmulatorErrorCode } from './emulator-error.js';
export type {
  ConfidentialClient,
  DirectoryUser,
  EmulatorApi,
  EmulatorClient,
  EmulatorOptions,
  EmulatorTenant,
  ExampleCall,
  PublicClient,
} from './emulator-options.js';
export type { Fault, FaultArea } from './fault.js';
export type { TlsCertificate } from './https/tls-certificate.js';
export type { Persona } from './persona.js';
export type { PersonaTokenOptions } from './tokens/persona-token.js';
