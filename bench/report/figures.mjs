/** A figure as precise as it is worth. */
export function decimal(value) {
  return value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1);
}

/** Returns the words after a figure that has a goal. */
export function verdict(isMet) {
  return isMet ? '' : ', missed';
}

/** A figure without fractions, thousands apart. */
export function whole(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 }).replaceAll(',', ' ');
}
