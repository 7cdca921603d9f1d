import { type Html, html } from '../../pages/html.js';
import { EXPLORER_PATH } from '../graphiql/register-explorer.js';
import type { AccessColumn, AccessRow, AccessState, AccessView, CellAccess } from './access-view.js';

/** Signs and words for each state, because not everyone can see a state by its colour. */
const STATES: Readonly<Record<AccessState, { readonly sign: string; readonly word: string; readonly says: string }>> = {
  allowed: { sign: '✓', word: 'allowed', says: 'allowed' },
  depends: { sign: '◐', word: 'depends', says: 'a policy decides for each object' },
  'step-up': { sign: '⇧', word: 'step-up', says: 'after a step-up' },
  denied: { sign: '✕', word: 'denied', says: 'denied' },
  unknown: { sign: '?', word: 'unknown', says: 'depends on groups that are not known' },
};

export function renderLegend(): Html {
  return html`<ul class="legend" aria-label="Signs">${Object.entries(STATES).map(
    ([state, { sign, says }]) => html`<li><span class="sign ${state}" aria-hidden="true">${sign}</span> ${says}</li>`,
  )}</ul>`;
}

/** Renders the filters. The script shows them, since they do nothing without it. */
export function renderFilters({ columns }: AccessView): Html {
  const options = (prefix: string) =>
    columns.map(({ name }) => html`<option value="${prefix}:${name}">${name}</option>`);
  const names = columns.map(({ name }) => html`<option>${name}</option>`);
  return html`<form class="filters" hidden>
<div><label for="text">Find a field</label><input id="text" type="search" name="text" autocomplete="off" spellcheck="false"></div>
<div><label for="show">Show</label><select id="show" name="show">
<option value="all">every field</option>
<optgroup label="What may … use?"><option value="kind:user">any user</option><option value="kind:application">any application</option>${options('may')}</optgroup>
<optgroup label="What may … not use?">${options('not')}</optgroup>
<option value="none">what no caller may use</option>
</select></div>
<div><label for="left">Compare</label><select id="left" name="left"><option value="">–</option>${names}</select></div>
<div><label for="right">with</label><select id="right" name="right"><option value="">–</option>${names}</select></div>
<p class="count" role="status"></p>
</form>`;
}

/** Renders the table. Its first cell is in the tab order, and arrow keys lead on. */
export function renderTable({ columns, types }: AccessView): Html {
  const head = columns.map(
    ({ name, kind }) => html`<th scope="col" data-name="${name}" data-kind="${kind}" tabindex="-1">${name}</th>`,
  );
  return html`<table role="grid" aria-label="Fields and who may use them">
<thead><tr><th scope="col" tabindex="0">Field</th>${head}</tr></thead>
${[...types].map(
  ([type, rows]) => html`<tbody>
<tr class="type"><th scope="rowgroup" colspan="${columns.length + 1}"><span>${type}</span></th></tr>
${rows.map((row) => renderRow(type, row, columns))}</tbody>
`,
)}</table>`;
}

function renderRow(type: string, { coordinate, rule, query }: AccessRow, columns: readonly AccessColumn[]): Html {
  const cells = columns.map(({ access }) => renderCell(access.get(coordinate)));
  return html`<tr data-field="${coordinate}"><th scope="row" tabindex="-1" title="${rule}"><code>${coordinate.slice(type.length + 1)}</code>${query === undefined ? html`` : renderLink(coordinate, query)}</th>${cells}</tr>
`;
}

/** The query stands behind the `#`, which browsers send to no server. */
function renderLink(coordinate: string, query: string): Html {
  const address = `${EXPLORER_PATH}#${new URLSearchParams({ query })}`;
  return html` <a class="open" href="${address}" tabindex="-1" aria-label="Open a query for ${coordinate}" title="Open a query for it (Enter)">▷</a>`;
}

function renderCell(cell: CellAccess = { state: 'denied', missing: undefined }): Html {
  const { sign, word } = STATES[cell.state];
  const why = cell.missing === undefined ? word : `${word}: needs ${cell.missing}`;
  return html`<td class="${cell.state}" tabindex="-1"><span aria-hidden="true">${sign}</span><span class="said">${why}</span></td>`;
}
