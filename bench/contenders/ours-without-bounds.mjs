import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { REPLACED } from '../bounds/without-bounds.mjs';

/** The server of this repository with the same log, token, rules and answers, but without its bounds. */
export async function start(settings, environment) {
  // A module that has moved would stay as it is.
  const missing = REPLACED.filter((path) => !existsSync(new URL(`../..${path}`, import.meta.url)));
  if (missing.length > 0)
    throw new Error(`bench/bounds/without-bounds.mjs names ${missing}, which the build does not have`);
  register('../bounds/without-bounds.mjs', import.meta.url);
  const { start: startOurs } = await import('./ours.mjs');
  return startOurs(settings, environment);
}
