import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const rooms = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name).slice(src.length));

describe.each(rooms)('the room %s', (room) => {
  it('has a README that names its folders', () => {
    const readme = readFileSync(join(src, room, 'README.md'), 'utf8');
    const inside = readdirSync(join(src, room), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of inside) expect(readme, `${name} in src/${room}/README.md`).toContain(`\`${name}/`);
  });

  it('has a README whose files and folders exist', () => {
    const readme = readFileSync(join(src, room, 'README.md'), 'utf8');
    const names = [...readme.matchAll(/`([a-z0-9_./-]+(?:\.ts|\/))`/g)].map(([, name = '']) => name);
    for (const name of names)
      expect(places(room, name).some(existsSync), `${name} in src/${room}/README.md`).toBe(true);
  });
});

/** A script of a page runs in a browser, for one page. */
const BROWSER_SCRIPT = 'emulator/pages/home-page-script.ts';
/** A variable, or a collection that is made empty and can therefore only be filled later. */
const STATE =
  /^(?:export )?(?:let |const \w+(?:: (?!Readonly)[^=]*)? = new (?:WeakMap|WeakSet|LRUCache|Map|Set)(?:<.*>)?\(\))/m;

it('no module has state of its own, which servers in one process would share', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const stateful = files.filter((name) => STATE.test(readFileSync(join(src, name), 'utf8')));
  expect(stateful).toEqual([BROWSER_SCRIPT]);
});

/** A README names files of its own room and of the rooms around it, or of the repository. */
function places(room: string, name: string): string[] {
  const ancestors = room.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/'));
  return ['..', '', ...ancestors].map((folder) => join(src, folder, name));
}

/** A constant that is named by a preposition does not say what it is. */
const PREPOSITION = /^(?:export )?const (?:OF|FOR|IN|WITHIN|WITH|FROM|BY|TO|AT|ON|BEFORE|AFTER|UNDER|PER)(?:_\w+)?\b/m;

it('no constant is named by a preposition', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.filter((name) => PREPOSITION.test(readFileSync(join(src, name), 'utf8')))).toEqual([]);
});
