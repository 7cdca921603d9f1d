import type { Colours } from '../cli/terminal/colours.js';
import type { DevelopmentData } from '../served-api.js';
import type { KeptCertificate } from './emulator/kept-certificate.js';
import type { DevelopmentEmulator } from './emulator/start-emulator.js';
import { trustCertificate } from './emulator/trust-certificate.js';
import type { EmbeddedPostgres } from './postgres/embedded-postgres.js';

export interface RunningDevelopment extends DevelopmentEmulator {
  /** Name of the API. Default: `entra-graphql`. */
  readonly name?: string | undefined;
  /** Address of the API. */
  readonly publicUrl: string;
  /** Whether there are Apollo Sandbox and the explorer. */
  readonly hasExplorer: boolean;
  readonly hasPermissions: boolean;
  /** Undefined: the API has no database. */
  readonly postgres: Pick<EmbeddedPostgres, 'runtimeUrl'> | undefined;
  readonly calls: DevelopmentData['calls'];
  /** How long the start took. */
  readonly seconds: number;
}

/**
 * Returns the text that `dev` prints when it is ready: addresses, and calls to paste. It fits 80 columns, and has no token.
 */
export function describeDevelopment(running: RunningDevelopment, colours: Colours): string {
  const { name = 'entra-graphql', publicUrl, personas, seconds, certificate } = running;
  const { bold, dim, green } = colours;
  const calls = running.calls.map(
    ({ persona, says, document }) => `  ${dim(`# ${says}`)}\n${curl(`${publicUrl}/graphql`, persona, document)}\n`,
  );
  return `
${green('●')} ${bold(`${name} is ready`)} after ${seconds.toFixed(1)} s. Ctrl-C stops everything.

${placesOf(running, colours).join('\n')}

${bold('Try it')} in another terminal:

${calls.join('\n')}
  npm run -s token -- NAME    ${dim(`a token for ${personas.map(({ name }) => name).join(', ')}`)}
${certificate ? howToTrust(certificate, colours) : ''}`;
}

function placesOf(running: RunningDevelopment, { bold, cyan, dim }: Colours): readonly string[] {
  const { publicUrl, hasExplorer, hasPermissions, emulator, certificate, postgres } = running;
  const place = (name: string, address: string, says: string) =>
    `  ${bold(name.padEnd(13))} ${cyan(address.padEnd(35))} ${dim(says)}`;
  return [
    place('GraphQL API', `${publicUrl}/graphql`, hasExplorer ? 'Apollo Sandbox in a browser' : ''),
    ...(hasExplorer ? [place('Explorer', `${publicUrl}/explorer`, 'GraphiQL: choose who asks')] : []),
    ...(hasPermissions ? [place('Permissions', `${publicUrl}/permissions`, 'who may use what')] : []),
    place('Entra ID', emulator.httpInstance, 'emulator: sign in as anybody'),
    ...(certificate ? [place('', emulator.instance, "for Microsoft's libraries")] : []),
    ...(postgres
      ? [place('PostgreSQL', `127.0.0.1:${new URL(postgres.runtimeUrl).port}`, 'data kept until --fresh')]
      : []),
  ].map((line) => line.trimEnd());
}

/** Returns how to trust the certificate. After the first start it is only named. */
function howToTrust({ file, isNew }: KeptCertificate, { bold }: Colours): string {
  if (!isNew) return `\n  Certificate of the https address: ${file}\n  docs/signing-in.md says how to trust it.\n`;
  return `
${bold('New certificate')} of the https address. Trust it once, if you need that address:

${trustCertificate(file, process.platform)}
`;
}

/** The token is asked for when the call runs, so that none stays on the screen. */
function curl(address: string, persona: string, query: string): string {
  const body = JSON.stringify({ query });
  return `  curl -s ${address} \\
  -H "authorization: Bearer $(npm run -s token -- ${persona})" \\
  -H 'content-type: application/json' \\
  -d '${body}'`;
}
