import { z } from 'zod';
import { emulatorPort } from '../../development/development-ports.js';
import { CommandError } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { textTable } from '../terminal/text-table.js';

export interface IssueOptions {
  readonly authContext?: string;
  readonly tokenVersion?: string;
  readonly client?: string;
}

const issued = z.object({ access_token: z.string() });
const refused = z.object({ error_description: z.string() });
const personaList = z.object({
  personas: z.array(
    z.object({ name: z.string(), displayName: z.string(), about: z.string().optional(), holds: z.array(z.string()) }),
  ),
});

/**
 * `entra-graphql token issue PERSONA`: prints an access token of the running development emulator, alone on its line for
 * `$(npm run -s token -- erin)`.
 *
 * @throws CommandError when no emulator runs or the persona does not exist
 */
export async function issueToken(terminal: Terminal, persona: string, options: IssueOptions): Promise<void> {
  const answer = await askEmulator(terminal, '/emulator/tokens', {
    persona,
    ...(options.authContext && { authContext: options.authContext }),
    ...(options.client && { clientId: options.client }),
    ...(options.tokenVersion && { version: Number(options.tokenVersion) }),
  });
  const token = issued.safeParse(answer);
  if (!token.success) {
    const reason = refused.safeParse(answer).data?.error_description ?? '';
    const address = addressOf(terminal);
    throw new CommandError(`The emulator at ${address} issued no token for "${persona}". ${reason}`.trim());
  }
  terminal.printWithTokens(token.data.access_token);
}

/**
 * `entra-graphql token issue` without a persona: lists those there are. It prints to standard error, so that
 * `TOKEN=$(npm run -s token)` shows the list and sets nothing.
 *
 * @returns the exit code 2: called wrongly
 * @throws CommandError when no emulator runs
 */
export async function listPersonas(terminal: Terminal): Promise<number> {
  const { personas } = personaList.parse(await askEmulator(terminal, '/emulator/personas'));
  const rows = personas.map(({ name, displayName, about = '', holds }) => [
    name,
    displayName,
    [about, holds.length > 0 ? `Holds ${holds.join(', ')}.` : ''].join(' ').trim(),
  ]);
  const width = Math.max(...personas.map(({ name }) => name.length));
  terminal.printError(`Name one of the personas, as in "npm run -s token -- ${personas[0]?.name}":

${textTable(rows, [width, 16, 78 - width - 16 - 2])}`);
  return 2;
}

const addressOf = ({ environment }: Terminal): string => `http://127.0.0.1:${emulatorPort(environment)}`;

async function askEmulator(terminal: Terminal, path: string, body?: object): Promise<unknown> {
  const address = addressOf(terminal);
  const asking = fetch(address + path, {
    headers: { 'content-type': 'application/json', 'x-emulator': '1' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  }).catch((cause) => {
    throw new CommandError(`No emulator answers at ${address}. Start it with "npm run dev" in another terminal.`, {
      cause,
    });
  });
  const response = await terminal.during('Asking the emulator …', asking);
  return response.json().catch(() => undefined);
}
