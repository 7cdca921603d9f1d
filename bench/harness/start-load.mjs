import { LOAD_CORE, startChildProcess } from './child-process.mjs';

/** Starts the client, see `load-process.mjs`. */
export function startLoad({ repeats }) {
  return startChildProcess({ file: 'harness/load-process.mjs', parameters: { repeats }, core: LOAD_CORE });
}
