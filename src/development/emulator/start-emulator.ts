import { resolve } from 'node:path';
import { type Emulator, startEmulator } from '../../emulator/emulator.js';
import type { Persona } from '../../emulator/persona.js';
import type { DevelopmentData } from '../../served-api.js';
import { apiPort, emulatorPort } from '../development-ports.js';
import { type KeptCertificate, keepTlsCertificate } from './kept-certificate.js';
import { addPersonasOf } from './personas-file.js';

/** The environment and folder that `dev` was called in. */
interface DevelopmentPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

export interface EmulatorChoices {
  /** It answers https too. */
  readonly https: boolean;
  /** Path of a JSON file with personas. */
  readonly personas?: string | undefined;
}

/** The emulator of `dev`. */
export interface DevelopmentEmulator {
  readonly emulator: Emulator;
  /** For https; undefined without. */
  readonly certificate: KeptCertificate | undefined;
  /** Those who can sign in or be issued a token. */
  readonly personas: readonly Persona[];
}

/** Body of the call that the emulator's home page shows. Every resource has `me`, and every persona may ask. */
const EXAMPLE_BODY = '{"query":"{ me { kind scopes roles permissions } }"}';

/**
 * Starts the Entra emulator next to the API's port.
 *
 * @throws CommandError for a file of personas that cannot be used, and the errors of `startEmulator`
 */
export async function startDevelopmentEmulator(
  { environment, folder }: DevelopmentPlace,
  { https, personas }: EmulatorChoices,
  data: DevelopmentData['emulator'],
): Promise<DevelopmentEmulator> {
  const settings = personas ? await addPersonasOf(resolve(folder, personas), data) : data;
  const groupClaims = data.api.groupClaims ?? settings.personas.some(({ groups }) => groups !== undefined);
  const certificate = https ? await keepTlsCertificate(folder) : undefined;
  const emulator = await startEmulator({
    ...settings,
    api: { ...settings.api, groupClaims },
    port: emulatorPort(environment),
    exampleCall: { url: `http://127.0.0.1:${apiPort(environment)}/graphql`, body: EXAMPLE_BODY },
    ...(certificate && { https: certificate }),
    ...(environment.NODE_ENV && { environment: environment.NODE_ENV }),
  });
  return { emulator, certificate, personas: settings.personas };
}
