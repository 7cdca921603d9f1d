// Says beside each value that an error made null why it is null. GraphiQL shows the list of errors below the data, far away.

/**
 * Returns the notes for the text of an answer: a line, from 1, and the messages of the errors that belong there.
 *
 * @param text as GraphiQL writes an answer: JSON with two spaces
 */
export function notesOf(text) {
  const answer = parse(text);
  if (!answer?.data || !Array.isArray(answer.errors)) return [];
  const located = answer.errors.filter(({ path }) => Array.isArray(path));
  const nulls = [...located, ...repeatedDenials(answer, located)];
  const copy = structuredClone(answer);
  const messages = nulls.map(({ path, message }) => ({ message, mark: markNull(copy, ['data', ...path]) }));
  const lines = JSON.stringify(copy, null, 2).split('\n');
  return lines.flatMap((line, at) => {
    const [, mark] = /"\\u0000(\d+)"/.exec(line) ?? [];
    const found = messages.filter((one) => mark !== undefined && one.mark === Number(mark));
    return found.length > 0 ? [{ line: at + 1, messages: [...new Set(found.map(({ message }) => message))] }] : [];
  });
}

/**
 * A field that is denied in a list has one error, at the first item. Returns the same error for the other items, if their
 * number is the one that the server counted: a value can also be null by itself.
 */
function repeatedDenials({ data, errors, extensions }, located) {
  const known = new Set(errors.map(({ path }) => JSON.stringify(path)));
  const others = located
    .filter((error) => error.extensions?.authorization)
    .flatMap(({ path, message }) => nullsAt(data, path).map((other) => ({ path: other, message })))
    .filter(({ path }) => !known.has(JSON.stringify(path)));
  return others.length === extensions?.authorization?.omitted ? others : [];
}

/** Returns the paths of the nulls at a path in which a number stands for every item of a list. */
function nullsAt(value, [key, ...rest], before = []) {
  if (key === undefined) return value === null ? [before] : [];
  if (typeof value !== 'object' || value === null) return [];
  const keys = typeof key === 'number' && Array.isArray(value) ? value.keys() : [key];
  return [...keys].flatMap((each) => nullsAt(value[each], rest, [...before, each]));
}

/** Puts a mark in the place of the null at a path, or of the null around it. Returns the number in the mark. */
function markNull(copy, path) {
  let around = copy;
  for (const key of path) {
    const value = Object(around)[key];
    const known = /^\0(\d+)$/.exec(typeof value === 'string' ? value : '');
    if (known) return Number(known[1]);
    if (value === null) {
      const mark = (copy.marks ?? 0) + 1;
      Object.defineProperty(copy, 'marks', { value: mark, enumerable: false, configurable: true });
      around[key] = `\0${mark}`;
      return mark;
    }
    around = value;
  }
  return undefined;
}

/** Shows the notes in the editor of the answer, and again after each change of its text. */
export function showPartialErrors(editor) {
  const decorations = editor.createDecorationsCollection();
  const show = () => {
    const model = editor.getModel();
    if (!model) return;
    decorations.set(
      notesOf(model.getValue()).map(({ line, messages }) => ({
        range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: model.getLineMaxColumn(line) },
        options: {
          isWholeLine: true,
          className: 'partial-error',
          hoverMessage: messages.map((value) => ({ value: value.replace(/[\\`*_{}[\]()#+\-.!<>]/g, '\\$&') })),
          after: { content: `   ← ${messages.join(' ')}`, inlineClassName: 'partial-error-note' },
        },
      })),
    );
  };
  show();
  return editor.onDidChangeModelContent(show);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
