import { emulatorPort } from '../../development/development-ports.js';
import { CommandError } from '../describe-failure.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * `entra-graphql token issue PERSONA`: prints an access token of the running development emulator, alone on its line for
 * `$(npm run -s token -- erin)`.
 *
 * @throws CommandError when no emulator runs or the persona does not exist
 */
export async function issueToken(
  terminal: Terminal,
  persona: string,
  options: { readonly authContext?: string; readonly tokenVersion?: string },
): Promise<void> {
  const address = `http://127.0.0.1:${emulatorPort(terminal.environment)}`;
  const response = await fetch(`${address}/emulator/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-emulator': '1' },
    body: JSON.stringify({
      persona,
      ...(options.authContext && { authContext: options.authContext }),
      ...(options.tokenVersion && { version: Number(options.tokenVersion) }),
    }),
    signal: AbortSignal.timeout(5_000),
  }).catch((cause) => {
    throw new CommandError(`No emulator answers at ${address}. Start it with "npm run dev" in another terminal.`, {
      cause,
    });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!isRecord(answer) || typeof answer.access_token !== 'string') {
    const reason = isRecord(answer) && typeof answer.error_description === 'string' ? answer.error_description : '';
    throw new CommandError(`The emulator at ${address} issued no token for "${persona}". ${reason}`.trim());
  }
  terminal.printWithTokens(answer.access_token);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}
