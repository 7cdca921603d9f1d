import { LIMITS } from '../../config/limits.js';

/** A media type that a client accepts (RFC 9110 s.12.5.1). */
interface AcceptedRange {
  /** In small letters, such as `application/*`. */
  readonly type: string;
  readonly weight: number;
  readonly namesCharset: boolean;
}

/** The range that decides about one of the offered types. */
interface Match {
  readonly weight: number;
  readonly specificity: number;
  /** Its place in the header. */
  readonly place: number;
}

const MAX_LENGTH = LIMITS.acceptLength.default;

const JSON_NAME = 'application/json';
const GRAPHQL_NAME = 'application/graphql-response+json';
const PAGE_NAME = 'text/html';

/** The media type of JSON for clients that do not know GraphQL's own type. */
const JSON_TYPE = `${JSON_NAME}; charset=utf-8`;

/** Headers of common clients. They are looked up, because reading them costs as much as a small query. */
const COMMON = new Map(
  [
    '*/*',
    JSON_NAME,
    GRAPHQL_NAME,
    `${GRAPHQL_NAME}, ${JSON_NAME}`,
    `${GRAPHQL_NAME},${JSON_NAME};q=0.9`,
    `${GRAPHQL_NAME}, application/graphql+json, ${JSON_NAME}, text/event-stream, multipart/mixed`,
  ].map((accept) => [accept, chooseType(accept)]),
);

/**
 * Returns the media type for the answer to a client by its `Accept` header: `application/json` or
 * `application/graphql-response+json`. Returns undefined if it accepts neither. A header that is too long is ignored.
 */
export function acceptedType(accept: string | undefined): string | undefined {
  if (!accept || accept.length > MAX_LENGTH) return JSON_TYPE;
  return COMMON.get(accept) ?? chooseType(accept);
}

/** Returns the media type of an error, which is sent even to a client that accepts neither. */
export function errorTypeFor({ headers }: { readonly headers: { readonly accept?: string | undefined } }): string {
  return acceptedType(headers.accept) ?? JSON_TYPE;
}

/** Returns whether a client wants a page rather than JSON, as browsers do when they open an address. */
export function prefersPage(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > MAX_LENGTH) return false;
  return accept.includes('html') && choose(accept, [JSON_NAME, GRAPHQL_NAME, PAGE_NAME]) === PAGE_NAME;
}

function chooseType(accept: string): string | undefined {
  const name = choose(accept, [JSON_NAME, GRAPHQL_NAME]);
  return name && `${name}; charset=utf-8`;
}

/** Returns the offered name with the greatest weight. Of equal ones it is the more specific, and then the first. */
function choose(accept: string, offered: readonly string[]): string | undefined {
  const best = offered.map((): Match | undefined => undefined);
  let place = 0;
  for (const part of splitOutsideQuotes(accept, ',')) {
    const range = readRange(part);
    place += 1;
    if (!range) continue;
    for (const [index, name] of offered.entries()) best[index] = better(best[index], matchOf(range, name, place));
  }
  let chosen: number | undefined;
  for (const [index, match] of best.entries()) {
    if (match && match.weight > 0 && (chosen === undefined || isPreferred(match, best[chosen]))) chosen = index;
  }
  return chosen === undefined ? undefined : offered[chosen];
}

function matchOf({ type, weight, namesCharset }: AcceptedRange, name: string, place: number): Match | undefined {
  const wildcard = `${name.slice(0, name.indexOf('/'))}/*`;
  const specificity = [undefined, '*/*', wildcard, name].indexOf(type);
  return specificity > 0 ? { weight, specificity: specificity * 2 + Number(namesCharset), place } : undefined;
}

/** Returns the range that decides about a type: the most specific one. */
function better(known: Match | undefined, match: Match | undefined): Match | undefined {
  if (!known || !match) return known ?? match;
  return (match.specificity - known.specificity || match.weight - known.weight) > 0 ? match : known;
}

function isPreferred(match: Match, other: Match | undefined): boolean {
  if (!other) return true;
  if (match.weight !== other.weight) return match.weight > other.weight;
  if (match.specificity !== other.specificity) return match.specificity > other.specificity;
  return match.place < other.place;
}

/** Reads one range. Undefined: its parameters ask for a form that is not offered. */
function readRange(part: string): AcceptedRange | undefined {
  const [type = '', ...parameters] = [...splitOutsideQuotes(part, ';')].map((word) => word.trim().toLowerCase());
  let weight = 1;
  let namesCharset = false;
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2).map((word) => word.trim());
    if (name === 'q') weight = Number.parseFloat(value) || 0;
    else if (name === 'charset' && (value === 'utf-8' || value === '"utf-8"')) namesCharset = true;
    else if (parameter) return undefined;
  }
  return { type, weight, namesCharset };
}

/** Yields the parts of a text between separators that stand outside quotes. */
function* splitOutsideQuotes(text: string, separator: string): Generator<string> {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\' && isQuoted) at += 1;
    else if (character === separator && !isQuoted) {
      yield text.slice(start, at);
      start = at + 1;
    }
  }
  yield text.slice(start);
}
