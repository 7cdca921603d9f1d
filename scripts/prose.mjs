// Reports how plain the prose of the code is, folder by folder: npm run prose -- [folder ...]. It is a report and not a gate:
// a sentence can break a rule for a good reason. The goals are at most 2 % of docstrings that begin with What, Who, Where, Of or
// To, and at most 0.75 commas, colons and semicolons for each sentence of a docstring.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TURNED_BEGINNING = /^(?:What|Who|Whose|Where|Of|To)\b/;

/** Turns of phrase that make a reader stop. Each has a plainer one. */
const TICS = {
  'is no': /\b(?:is|are|was|were) no\b(?! longer)/gi,
  // Unless it is the name of a user or a variable.
  nobody: /(?<!["'`>/])\b[Nn]obody\b(?!["'`@:]|\.\w| [=|])/g,
  whoever: /\bwhoever\b/gi,
  stranger: /(?<!["']|const )\b[Ss]trangers?\b(?!["':]|\.\w| [=?:])/g,
  'in vain': /\bin vain\b/gi,
  'is told': /\b(?:is|are|was|were|be) told\b/gi,
  'told apart': /\b(?:told|tell|tells) (?:from|apart)\b/gi,
  'of which': /\bof (?:which|whom)\b/gi,
  besides: /\bbesides\b/gi,
  'hold against': /\bh[eo]ld(?:s|ing)? against\b/gi,
  'to be had': /\bto be had\b/gi,
};

const OWN_PATTERNS = /^(?:test\/)?scripts\/prose\./;

const folders = process.argv.slice(2);
for (const folder of folders.length > 0 ? folders : ['src', 'test', 'bench', 'scripts']) report(folder);

function report(folder) {
  const files = filesIn(folder);
  const docstrings = files.flatMap(docstringsOf);
  const turned = docstrings.filter(({ text }) => TURNED_BEGINNING.test(text));
  const sentences = docstrings.flatMap(({ text }) => sentencesOf(text));
  const marks = sentences.reduce((sum, sentence) => sum + countMarks(sentence), 0);
  const tics = files.flatMap(ticsOf);

  for (const { place, text } of turned) console.log(`${place}: begins with "${text.slice(0, 60)}"`);
  for (const { place, name, line } of tics) console.log(`${place}: "${name}" in "${line}"`);
  console.log(`
${folder}: ${docstrings.length} docstrings with ${sentences.length} sentences
${percent(turned.length, docstrings.length)} begin with What, Who, Where, Of or To (${turned.length}; goal: 2 %)
${(marks / Math.max(sentences.length, 1)).toFixed(2)} commas, colons and semicolons for each sentence (goal: 0.75)
${tics.length} turns of phrase to replace${summary(tics)}
`);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/^generated|node_modules/.test(name))
    .map((name) => join(folder, name))
    .filter((file) => !OWN_PATTERNS.test(file))
    .sort();
}

function docstringsOf(file) {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/\/\*\*(.*?)\*\//gs)].map(({ 1: comment, index }) => ({
    place: `${file}:${source.slice(0, index).split('\n').length}`,
    text: plain(comment),
  }));
}

/** Removes what is not prose: the stars, code, types, links and addresses. */
function plain(comment) {
  return withoutTypes(
    comment
      .replace(/^ *\* ?/gm, '')
      .replace(/\{@link ([^}]*)\}/g, 'code')
      .replace(/`[^`]*`/g, 'code'),
  )
    .replace(/https?:\S+/g, 'address')
    .replace(/^@(?:param|returns)(?: [\w.]+)?/gm, '\n\n')
    .replace(/^@throws/gm, '\n\nThrows')
    .trim();
}

/** Removes the types in braces of JSDoc, from the innermost braces on. */
function withoutTypes(text) {
  const shorter = text.replace(/ ?\{[^{}]*\}/g, '');
  return shorter === text ? text : withoutTypes(shorter);
}

function sentencesOf(text) {
  return text
    .replace(/\b(?:e\.g|i\.e|s)\.(?=[ \d])/g, '')
    .split(/[.!?](?=\s|$)|\n\s*\n/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => /\w/.test(sentence));
}

function countMarks(sentence) {
  return sentence.match(/[,;]|:(?=\s|$)/g)?.length ?? 0;
}

function ticsOf(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      Object.entries(TICS).flatMap(([name, pattern]) =>
        [...line.matchAll(pattern)].map(() => ({ place: `${file}:${index + 1}`, name, line: line.trim() })),
      ),
    );
}

function summary(tics) {
  const counts = Object.keys(TICS).map((name) => [name, tics.filter((tic) => tic.name === name).length]);
  const found = counts.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return found.length > 0 ? `: ${found.map(([name, count]) => `${name} ${count}`).join(', ')}` : '';
}

function percent(part, whole) {
  return `${((part / Math.max(whole, 1)) * 100).toFixed(1)} %`;
}
