import { readFileSync } from 'node:fs';

/** Styles of the page, beside those of every page. */
export const readPermissionsStyles = (): string => readAsset('page.css');
/** Script of the page. */
export const readPermissionsScript = (): string => readAsset('page.js');

function readAsset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
