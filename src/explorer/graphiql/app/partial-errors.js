// Says beside each value that an error made null why it is null. GraphiQL shows the list of errors below the data, far away.

/**
 * Returns the notes for the text of an answer: a line, from 1, and the messages of the errors that belong there.
 *
 * @param text as GraphiQL writes an answer: JSON with two spaces
 */
export function notesOf(text) {
  const answer = parse(text);
  if (!answer?.data || !Array.isArray(answer.errors)) return [];
  const notes = new Map();
  for (const { message, path } of answer.errors) {
    const line = Array.isArray(path) ? lineOf(answer, ['data', ...path]) : 0;
    if (line > 0) notes.set(line, [...(notes.get(line) ?? []), message]);
  }
  return [...notes].map(([line, messages]) => ({ line, messages: [...new Set(messages)] }));
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

/** The line of the value at a path, or of the value around it that is null. */
function lineOf(answer, path) {
  const marker = `\u0000${Math.random()}`;
  const copy = structuredClone(answer);
  let around = copy;
  for (const [at, key] of path.entries()) {
    if (around[key] === undefined) return 0;
    if (around[key] === null || at === path.length - 1) {
      around[key] = marker;
      break;
    }
    around = around[key];
  }
  const quoted = JSON.stringify(marker);
  return (
    JSON.stringify(copy, null, 2)
      .split('\n')
      .findIndex((line) => line.includes(quoted)) + 1
  );
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
