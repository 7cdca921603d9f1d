import { describe, expect, it } from 'vitest';
import { createColours, wantsColours } from '../../../src/cli/terminal/colours.js';

const terminal = { isTTY: true };
const pipe = {};

describe('output is coloured', () => {
  it.each([
    ['on a terminal', {}, terminal, true],
    ['not in a pipe', {}, pipe, false],
    ['not on a terminal without colours', { TERM: 'dumb' }, terminal, false],
    ['not with NO_COLOR', { NO_COLOR: '1' }, terminal, false],
    ['with an empty NO_COLOR', { NO_COLOR: '' }, terminal, true],
    ['in a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, pipe, true],
    ['with FORCE_COLOR beside NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, terminal, true],
    ['not with FORCE_COLOR=0', { FORCE_COLOR: '0' }, terminal, false],
    ['not with FORCE_COLOR=false', { FORCE_COLOR: 'false' }, terminal, false],
    ['in a pipe not with an empty FORCE_COLOR', { FORCE_COLOR: '' }, pipe, false],
  ])('%s', (_when, environment, output, expected) => {
    expect(wantsColours(environment, output)).toBe(expected);
  });

  it('by codes around the text, and without them where it is off', () => {
    expect(createColours(true).red('no')).toBe('\u001b[31mno\u001b[39m');
    expect(createColours(true).bold('')).toBe('');
    expect(createColours(false).red('no')).toBe('no');
  });
});
