/**
 * Styles of every page. Text has a contrast of at least 7 to 1 in light and in dark. The focus ring shows on page and panel.
 */
export const PAGE_STYLES = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  --page: light-dark(#f4f4f6, #17171a); --panel: light-dark(#fff, #222226); --text: light-dark(#1b1b1f, #ececf1);
  --quiet: light-dark(#4a4a52, #c0c0ca); --line: light-dark(#d5d5dc, #45454e); --edge: light-dark(#6b6b75, #9c9ca8);
  --accent: light-dark(#1742a8, #a9c4ff); --tint: light-dark(#eaf0ff, #2b3550); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); }
main, footer { max-width: 34rem; margin-inline: auto; }
main { margin-block: 3rem 1rem; padding: 1.5rem 2rem; background: var(--panel); border-radius: .5rem; }
footer { padding: 0 2rem 2rem; color: var(--quiet); font-size: .875rem; }
main.wide, main.wide + footer { max-width: 68rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin-block: 0 1rem; }
h2 { font-size: 1.125rem; margin-block: 2rem .5rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin-block: .5rem; }
a { color: var(--accent); }
ul { list-style: none; margin: 0; padding: 0; }
li { margin-block: .5rem; }
dd li, li li { margin-block: 0; }
button, input { font: inherit; padding: .5rem .75rem; border: 1px solid var(--edge); border-radius: .25rem; }
button { width: 100%; text-align: start; background: var(--panel); color: inherit; cursor: pointer; }
button:hover { background: var(--tint); }
button.secondary { width: auto; }
button.small { width: auto; padding: .25rem .6rem; font-size: .875rem; }
input { background: var(--panel); color: inherit; max-width: 100%; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
small { display: block; color: var(--quiet); }
code { overflow-wrap: anywhere; font-size: .875em; }
pre { margin: .5rem 0; padding: .75rem 1rem; overflow-x: auto; background: var(--page); border: 1px solid var(--line);
  border-radius: .25rem; font-size: .8125rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: 1rem; }
.cards > li { display: flex; flex-direction: column; gap: .5rem; margin: 0; padding: 1rem; border: 1px solid var(--line);
  border-radius: .5rem; }
.cards > li.current { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.cards p { margin: 0; }
.chips { display: flex; flex-wrap: wrap; gap: .25rem .375rem; }
.chips > li { margin: 0; padding: 0 .5rem; border-radius: 1rem; background: var(--tint); font-size: .8125rem;
  overflow-wrap: anywhere; }
.kind { color: var(--quiet); font-size: .875rem; font-weight: normal; }
.actions { display: flex; flex-wrap: wrap; gap: .375rem; margin-top: auto; padding-top: .25rem; }
.actions form { display: contents; }
.status { position: fixed; inset: auto 0 1rem; margin: auto; width: fit-content; max-width: calc(100% - 2rem);
  padding: .5rem 1rem; border-radius: .5rem; background: var(--text); color: var(--page); }
.status:empty { display: none; }
dl { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .25rem 1rem; margin: .5rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dl.places { grid-template-columns: 1fr; gap: 0; }
.places dt { margin-top: 1rem; }
.places a { font-weight: 600; }
@media (max-width: 30rem) {
  main { margin-block-start: 0; padding: 1rem; border-radius: 0; }
  footer { padding-inline: 1rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd + dt { margin-top: .5rem; }
}
`;
