import { tmpdir } from 'node:os';
import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.js';
import { createTerminal, type Terminal } from '../../src/cli/terminal/terminal.js';
import { sampleApi } from './sample-api.js';

/** The outcome of a command. */
export interface CommandResult {
  readonly code: number;
  /** Standard output. */
  readonly printed: string;
  /** Standard error. */
  readonly complaints: string;
  /** Both, one after the other. */
  readonly output: string;
}

type TerminalParts = Parameters<typeof createTerminal>[0];

/** A terminal of this process without input, whose output goes nowhere. */
export function testTerminal(parts: Partial<TerminalParts> = {}): Terminal {
  const nothing = () => undefined;
  return createTerminal({
    loadApi: async () => sampleApi,
    environment: {},
    folder: tmpdir(),
    print: nothing,
    printForElsewhere: nothing,
    printError: nothing,
    readInput: async () => '',
    onExit: nothing,
    prepareToServe: nothing,
    handleSignals: nothing,
    followParent: () => nothing,
    program: 'src/main.ts',
    isInteractive: false,
    stopped: new AbortController().signal,
    ...parts,
  });
}

/**
 * Runs a command of `entra-graphql` in this process, with these settings and this standard input. Its requests to servers of
 * this machine do not time out, which they could on a busy one.
 */
export async function runInTerminal(
  words: readonly string[],
  { input = '', ...parts }: { environment?: Record<string, string>; input?: string; folder?: string } = {},
): Promise<CommandResult> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const terminal = testTerminal({
    ...parts,
    print: (text) => void printed.push(text),
    printForElsewhere: (text) => void printed.push(text),
    printError: (text) => void complaints.push(text),
    readInput: async () => input,
  });
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
  const code = await runCommandLine(words, terminal).finally(() => timeout.mockRestore());
  return {
    code,
    printed: printed.join('\n'),
    complaints: complaints.join('\n'),
    output: [...printed, ...complaints].join('\n'),
  };
}
