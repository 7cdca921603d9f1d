// No regular expression takes more than linear time, whatever a client sends. recheck checks each one in src: by its
// automaton, or by an attack where the automaton would be too large. `RegExp` is refused because its pattern is not known
// before it runs. A text is refused where `match`, `matchAll` and `search` would take it for a pattern. With --list, each
// expression is printed with its place. The folder is src unless another one is given.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSync, Visitor } from 'oxc-parser';
import { checkSync } from 'recheck';

/**
 * Keeps recheck's own bounds in characters and iterations but not those in time. On a busy machine the slowest patterns (14 s
 * alone) exceeded 20 s, and an attack that was cut short found less. A seed makes the attacks the same each time.
 */
const CLOCKLESS_OPTIONS = { timeout: null, attackTimeout: null, incubationTimeout: null, randomSeed: 0 };

/** Pattern → why it may stay although it is not linear. */
const ALLOWED = {};

const outcomes = new Map();
const TAKE_PATTERNS = new Set(['match', 'matchAll', 'search']);
const { values, positionals } = parseArgs({ options: { list: { type: 'boolean' } }, allowPositionals: true });
const [folder = 'src'] = positionals;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[cm]?[jt]sx?$/.test(name));
const found = files.flatMap((name) => findPatterns(join(folder, name)));
if (values.list)
  for (const { place, pattern, flags } of found) if (pattern) console.log(`${place} /${pattern}/${flags}`);
const problems = found.flatMap(problemOf);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else console.log(`${found.length} regular expressions take linear time`);

function findPatterns(file) {
  const text = readFileSync(file, 'utf8');
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
  const patterns = [];
  const note = ({ start }, pattern) => {
    const line = text.slice(0, start).split('\n').length;
    patterns.push({ place: `${file}:${line}`, ...pattern });
  };
  const noteConstructor = (node) => {
    if (node.callee.name === 'RegExp') note(node, { refused: 'write a literal in place of RegExp' });
  };
  new Visitor({
    Literal: (node) => node.regex && note(node, node.regex),
    NewExpression: noteConstructor,
    CallExpression(node) {
      noteConstructor(node);
      const [given] = node.arguments;
      if (!TAKE_PATTERNS.has(node.callee.property?.name) || !given) return;
      if (given.type === 'TemplateLiteral' || typeof given.value === 'string') {
        note(node, { refused: 'write a literal in place of a text that becomes a pattern' });
      }
    },
  }).visit(program);
  return patterns;
}

function problemOf({ place, pattern, flags, refused }) {
  if (refused) return [`${place}: ${refused}`];
  if (Object.hasOwn(ALLOWED, pattern)) return [];
  const { status, complexity, error } = checkOnce(pattern, flags);
  if (status === 'safe') return [];
  return [`${place}: /${pattern}/${flags} is ${complexity?.summary ?? error?.kind ?? status}`];
}

/** Several files have the same pattern, and some take seconds. */
function checkOnce(pattern, flags) {
  const key = `/${pattern}/${flags}`;
  if (!outcomes.has(key)) outcomes.set(key, checkSync(pattern, flags, CLOCKLESS_OPTIONS));
  return outcomes.get(key);
}
