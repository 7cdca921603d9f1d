import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/**
 * Collects all garbage now, so that what was left behind is not charged to what is measured next.
 *
 * @type {() => void}
 */
export const collectGarbage = runInNewContext('gc');
