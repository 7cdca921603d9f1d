import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../../values/message-of.js';
import { CommandError } from '../command-failure.js';
import { readBounded, type Terminal } from '../terminal/terminal.js';

/** The beginning of a header, which people copy along with a token. */
const HEADER = /^(authorization\s*:\s*)?bearer\s+/i;

/**
 * Reads the access token to look at from an argument, a file, or standard input (`-`). Removes spaces around it and a copied
 * `Authorization: Bearer`. An argument stays in the history of the shell, so the other two are safer.
 *
 * @throws CommandError if none or more than one is given
 */
export async function readGivenToken(
  terminal: Terminal,
  given: { readonly token?: string | undefined; readonly file?: string | undefined },
): Promise<string> {
  if ((given.token === undefined) === (given.file === undefined)) {
    throw new CommandError('Give one access token: as an argument, with --file PATH, or on standard input with "-".');
  }
  const token = (await readText(terminal, given)).trim().replace(HEADER, '');
  if (token === '') throw new CommandError('The access token is missing: the input is empty.');
  return token;
}

async function readText(
  terminal: Terminal,
  { token, file }: { readonly token?: string | undefined; readonly file?: string | undefined },
): Promise<string> {
  if (file !== undefined) return readFile(resolve(terminal.folder, file));
  if (token !== '-') return token ?? '';
  return terminal.readInput().catch((cause) => {
    throw new CommandError(`Standard input holds no access token: ${messageOf(cause)}.`, { cause });
  });
}

async function readFile(path: string): Promise<string> {
  try {
    return await readBounded(createReadStream(path));
  } catch (cause) {
    throw new CommandError(`${path} could not be read as an access token: ${messageOf(cause)}.`, { cause });
  }
}
