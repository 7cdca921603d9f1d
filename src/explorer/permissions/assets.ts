import { readFileSync } from 'node:fs';

export const readPermissionsStyles = (): string => readAsset('page.css');
export const readPermissionsScript = (): string => readAsset('page.js');

function readAsset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
