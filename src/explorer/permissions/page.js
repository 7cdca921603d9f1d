// The script of the permissions page, and of the file that `permissions --format html` writes. It filters the table, leads
// the focus by arrow keys, says why a cell is as it is, and asks the server what the caller of a pasted token may use. The
// token stays in memory until the answer is there.

const SIGNS = { allowed: '✓', depends: '◐', 'step-up': '⇧', denied: '✕', unknown: '?' };
const MAY_USE = ['allowed', 'depends'];
const OWN_COLUMN = 'you';

const place = document.querySelector('.scroll');
const filters = document.querySelector('.filters');
const detail = document.querySelector('.detail');
const who = document.querySelector('.who form');

const table = () => place.querySelector('table');
const heads = () => [...table().tHead.rows[0].cells];
const fieldRows = () => [...table().querySelectorAll('tr[data-field]')];
const columnOf = (name) => heads().findIndex((head) => head.dataset.name === name);
const stateAt = (row, column) => row.cells[column].className;

// Which rows and columns are shown

/** Returns the test for the choice in "Show", such as `may:erin`. */
function shownBy(choice) {
  const [kind, name] = [choice.split(':', 1)[0], choice.slice(choice.indexOf(':') + 1)];
  const columns = heads().flatMap((head, column) => (column > 0 ? [{ column, kind: head.dataset.kind }] : []));
  const mayUse = (row, column) => MAY_USE.includes(stateAt(row, column));
  if (kind === 'may') return (row) => mayUse(row, columnOf(name));
  if (kind === 'not') return (row) => !mayUse(row, columnOf(name));
  if (kind === 'kind') return (row) => columns.some((of) => of.kind === name && mayUse(row, of.column));
  if (kind === 'none') return (row) => !columns.some((of) => stateAt(row, of.column) !== 'denied');
  return () => true;
}

function applyFilters() {
  const { text, show, left, right } = filters.elements;
  const wanted = text.value.trim().toLowerCase();
  const isShown = shownBy(show.value);
  const compared = [columnOf(left.value), columnOf(right.value)];
  const compares = compared.every((column) => column > 0);
  const rows = fieldRows();
  let count = 0;
  for (const row of rows) {
    const differs = !compares || stateAt(row, compared[0]) !== stateAt(row, compared[1]);
    row.hidden = !(differs && row.dataset.field.toLowerCase().includes(wanted) && isShown(row));
    if (!row.hidden) count += 1;
  }
  for (const body of table().tBodies) body.hidden = !body.querySelector('tr[data-field]:not([hidden])');
  for (const row of [table().tHead.rows[0], ...rows]) {
    for (const cell of row.cells) {
      cell.hidden = compares && cell.cellIndex > 0 && !compared.includes(cell.cellIndex);
    }
  }
  filters.querySelector('.count').textContent = `${count} of ${rows.length}${compares ? ' differ' : ' fields'}`;
}

filters.addEventListener('input', applyFilters);
filters.addEventListener('submit', (event) => event.preventDefault());

// Focus and what is said of a cell

const isCell = (cell) => cell instanceof HTMLTableCellElement && cell.scope !== 'rowgroup';

function say(cell) {
  if (!isCell(cell)) return;
  const { field } = cell.parentElement.dataset;
  const head = heads()[cell.cellIndex];
  if (cell.tagName === 'TD') {
    detail.textContent = `${field}, ${head.dataset.name}: ${cell.querySelector('.said').textContent}`;
  } else if (field) detail.textContent = `${field}: ${cell.title}`;
}

function focusOn(cell) {
  if (!cell) return;
  for (const other of table().querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

/** Returns the cells of a row that can have the focus. */
const cellsIn = (row) => [...row.cells].filter((cell) => !cell.hidden && isCell(cell));

function neighbour(cell, key) {
  const row = cell.parentElement;
  const cells = cellsIn(row);
  const at = cells.indexOf(cell);
  if (key === 'ArrowLeft' || key === 'ArrowRight') return cells[at + (key === 'ArrowLeft' ? -1 : 1)];
  if (key === 'Home') return cells[0];
  if (key === 'End') return cells.at(-1);
  const rows = [table().tHead.rows[0], ...fieldRows().filter((other) => !other.hidden)];
  const next = rows[rows.indexOf(row) + { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[key]];
  return (next ?? (key.endsWith('Up') ? rows[0] : rows.at(-1))).cells[cell.cellIndex];
}

place.addEventListener('keydown', (event) => {
  const cell = event.target.closest('th, td');
  const isMove = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];
  if (!cell || !isMove.includes(event.key)) return;
  event.preventDefault();
  focusOn(neighbour(cell, event.key));
});
// The link to the explorer is in the row's head, so Enter there opens it.
place.addEventListener('keydown', ({ key, target }) => {
  if (key === 'Enter' && target.scope === 'row') target.querySelector('a')?.click();
});
place.addEventListener('focusin', ({ target }) => say(target.closest('th, td')));
// A table that scrolls below a pointer at rest says nothing: the keyboard may be what scrolls it.
let pointer = '';
place.addEventListener('mousemove', ({ target, clientX, clientY }) => {
  const moved = `${clientX} ${clientY}`;
  if (moved !== pointer) say(target.closest('th, td'));
  pointer = moved;
});

// Who am I?

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Shows why the token is accepted or refused. */
function showVerdict({ caller, message, explanation }) {
  const verdict = document.querySelector('.verdict');
  verdict.replaceChildren(element('p', caller ? `Accepted: ${caller}` : message));
  if (!explanation) return;
  const { checks, checksLeftOut, fix, notes } = explanation;
  if (fix) verdict.append(element('p', fix));
  const rows = checks.map(({ passed, check, expected, found }) =>
    element(
      'tr',
      undefined,
      ...[{ true: '✓ pass', false: '✕ fail' }[passed] ?? '– not looked at', check, expected, found].map((text) =>
        element('td', text),
      ),
    ),
  );
  const titles = ['', 'Check', 'Expected', 'Found'].map((text) => element('th', text));
  verdict.append(
    element(
      'table',
      undefined,
      element('thead', undefined, element('tr', undefined, ...titles)),
      element('tbody', undefined, ...rows),
    ),
  );
  if (checksLeftOut) verdict.append(element('p', `${checksLeftOut} more checks are not shown.`));
  for (const note of notes) verdict.append(element('p', note));
}

function cellOf([state, missing] = ['denied']) {
  const cell = element('td', undefined);
  cell.className = state;
  cell.tabIndex = -1;
  const sign = element('span', SIGNS[state]);
  sign.setAttribute('aria-hidden', 'true');
  const said = element('span', missing ? `${state}: needs ${missing}` : state);
  said.className = 'said';
  cell.append(sign, said);
  return cell;
}

/** Puts a column for the caller of the token behind the fields, and into the filters. */
function showOwnColumn({ kind, access }) {
  const known = columnOf(OWN_COLUMN);
  if (known > 0) for (const row of [table().tHead.rows[0], ...fieldRows()]) row.cells[known].remove();
  const head = element('th', OWN_COLUMN);
  Object.assign(head, { scope: 'col', tabIndex: -1 });
  Object.assign(head.dataset, { name: OWN_COLUMN, kind });
  heads()[0].after(head);
  for (const row of fieldRows()) row.cells[0].after(cellOf(access[row.dataset.field]));
  for (const title of table().querySelectorAll('[scope=rowgroup]')) title.colSpan = heads().length;
  const { show, left, right } = filters.elements;
  if (columnOf(OWN_COLUMN) > 0 && ![...left.options].some(({ value }) => value === OWN_COLUMN)) {
    for (const select of [left, right]) select.options[0].after(new Option(OWN_COLUMN));
    show.options[0].after(
      new Option(`what you may use`, `may:${OWN_COLUMN}`),
      new Option(`what you may not use`, `not:${OWN_COLUMN}`),
    );
  }
  applyFilters();
}

async function judge(accessToken) {
  const response = await fetch(who.dataset.address, { headers: { authorization: `Bearer ${accessToken}` } });
  const answer = await response.json();
  if (answer.page) place.innerHTML = answer.page;
  if (answer.filters) filters.innerHTML = answer.filters;
  showVerdict({ ...answer, message: answer.errors?.[0]?.message });
  if (!response.ok) return;
  filters.hidden = false;
  showOwnColumn(answer);
}

who?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { token } = who.elements;
  const pasted = token.value.replace(/^\s*bearer\s+/i, '').trim();
  if (!pasted) return;
  try {
    await judge(pasted);
    token.value = '';
  } catch (error) {
    showVerdict({ message: `The server was not asked: ${error.message}` });
  }
});

/** Loads MSAL, which is large, when it may be needed. A window can only be opened soon after a click. */
let client;
function prepareSignIn() {
  if (!who.dataset.signIn || !who.closest('details').open) return;
  client ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/explorer/entra-client.js';
    script.addEventListener('load', () => resolve(globalThis.createEntraClient(JSON.parse(who.dataset.signIn))));
    script.addEventListener('error', () => reject(new Error('the script of the sign-in did not load')));
    document.head.append(script);
  });
}
if (who) {
  prepareSignIn();
  who.closest('details').addEventListener('toggle', prepareSignIn);
}

who?.querySelector('button[type=button]')?.addEventListener('click', async () => {
  try {
    const { source } = await (await client).signIn();
    await judge(await source.obtain());
  } catch (error) {
    showVerdict({ message: `The sign-in did not end: ${error.errorMessage || error.message}` });
  }
});

if (table()) {
  filters.hidden = false;
  applyFilters();
}
