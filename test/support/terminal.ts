import { tmpdir } from 'node:os';
import { runCommandLine } from '../../src/cli/command-line.js';
import { createTerminal } from '../../src/cli/terminal/terminal.js';
import { sampleApi } from './sample-api.js';

/** The outcome of a command. */
export interface CommandResult {
  readonly code: number;
  /** Standard output. */
  readonly printed: string;
  /** Standard error. */
  readonly complaints: string;
}

/** Runs a command of `entra-graphql` in this process, with these settings and this standard input. */
export async function runInTerminal(
  words: readonly string[],
  {
    environment = {},
    input = '',
    folder = tmpdir(),
  }: { environment?: Record<string, string>; input?: string; folder?: string } = {},
): Promise<CommandResult> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const terminal = createTerminal({
    loadApi: async () => sampleApi,
    environment,
    folder,
    print: (text) => void printed.push(text),
    printForElsewhere: (text) => void printed.push(text),
    printError: (text) => void complaints.push(text),
    readInput: async () => input,
    onExit: () => undefined,
    prepareToServe: () => undefined,
    handleSignals: () => undefined,
    followParent: () => () => undefined,
    program: 'src/main.ts',
    isInteractive: false,
    stopped: new AbortController().signal,
  });
  const code = await runCommandLine(words, terminal);
  return { code, printed: printed.join('\n'), complaints: complaints.join('\n') };
}
