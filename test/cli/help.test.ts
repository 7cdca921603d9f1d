import { expect, it } from 'vitest';
import { HELP_EXAMPLES } from '../../src/cli/help-examples.js';
import { runInTerminal } from '../support/terminal.js';

/** The names of commands in the help of the command with these words. */
async function commandsBelow(words: readonly string[]): Promise<readonly string[]> {
  const { printed } = await runInTerminal([...words, '--help']);
  const [, list = ''] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(printed) ?? [];
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

async function everyCommand(words: readonly string[] = []): Promise<readonly (readonly string[])[]> {
  const below = await commandsBelow(words);
  return [words, ...(await Promise.all(below.map((name) => everyCommand([...words, name])))).flat()];
}

it('the help of every command has examples, and fits a terminal', async () => {
  const commands = await everyCommand();
  expect(commands.length).toBeGreaterThan(10);
  for (const words of commands) {
    const { code, printed } = await runInTerminal([...words, '--help']);
    expect([words, code, printed.includes('\nExamples:\n')]).toEqual([words, 0, true]);
    expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

it('every example is a call of a command that there is, with options that it has', async () => {
  const commands = (await everyCommand()).map((words) => words.join(' '));
  expect(Object.keys(HELP_EXAMPLES).filter((words) => !commands.includes(words))).toEqual([]);
  for (const [words, examples] of Object.entries(HELP_EXAMPLES)) {
    for (const [call] of examples) {
      expect(`${call} `.startsWith(words === '' ? '' : `${words} `)).toBe(true);
      const command = commands.filter((name) => name !== '' && `${call} `.startsWith(`${name} `)).at(-1) ?? '';
      const { printed } = await runInTerminal([...command.split(' '), '--help']);
      for (const [option] of call.matchAll(/--[a-z-]+/g))
        expect([call, printed]).toEqual([call, expect.stringContaining(option)]);
    }
  }
});
