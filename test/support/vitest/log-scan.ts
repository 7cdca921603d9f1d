import type { Server } from 'node:http';

// The log may have five ids of a token and nothing else of it. Each test of the whole server adds its tokens and its log
// lines here, whatever it is about, and after each file no line may have a claim of any token or a token itself. A worker
// has its own tokens and its own servers, so it can judge its own lines.

/**
 * Claims that the log may have: the five ids, and what names no person. `kid` is of the header, which a mutated token may have in the
 * place of its claims.
 */
const ALLOWED = 'oid tid azp appid uti iss aud ver scp roles acrs xms_cc idtyp kid _claim_names'.split(' ');
/** Shorter values, such as `pwd`, occur in any text, and are searched under their own names. */
const SHORTEST = 6;
/** Still shorter ones, such as `1`, say nothing of a person. */
const SHORTEST_NAMED = 3;

/** Names of claims by the text that the log may not have. */
const values = new Map<string, string>();
/** As a field of a line, by claim. */
const shortValues = new Map<string, string>();
const tenantIds = new Set<string>();
let isScanning = false;
let lines: string[] = [];
let outputs: (() => string)[] = [];

/** Begins the scan. Programs outside Vitest that use the tests' tenant keep nothing. */
export function startLogScan(): void {
  isScanning = true;
}

/** Adds the claims of the tokens in a text, such as a header. */
export function noteTokens(text: unknown): void {
  const payloads = isScanning ? String(text).matchAll(/\beyJ[\w-]{1,4096}\.(eyJ[\w-]{1,32768})\./g) : [];
  for (const [, payload = ''] of payloads) {
    const claims = parse(Buffer.from(payload, 'base64url').toString());
    const allowed = new Set(ALLOWED.flatMap((name) => textsIn(claims[name])));
    for (const id of allowed) tenantIds.add(id);
    const others = Object.entries(claims).filter(([name]) => !ALLOWED.includes(name));
    for (const [name, value] of others) {
      for (const claim of textsIn(value)) noteClaim(name, claim);
    }
  }
}

function noteClaim(name: string, claim: string): void {
  if (claim.length >= SHORTEST) values.set(claim, name);
  else if (claim.length >= SHORTEST_NAMED) {
    shortValues.set(`${JSON.stringify(name)}:${JSON.stringify(claim)}`, `${name}: ${claim}`);
  }
}

/** Adds a line of a server's log. */
export function noteLogLine(line: string): void {
  if (isScanning) lines.push(line);
}

/** Adds what a started process prints, until the end of the file. */
export function noteOutput(output: () => string): void {
  if (isScanning) outputs.push(output);
}

/** Returns the function to which a server's logger writes: it keeps each line, parsed, and scans it. */
export function keepLines(logs: Record<string, unknown>[]): (line: string) => void {
  return (line) => {
    noteLogLine(line);
    logs.push(JSON.parse(line));
  };
}

/** Adds the tokens that come to a server over HTTP, also with handshakes of WebSockets. */
export function watchTokens(server: Server): void {
  for (const event of ['request', 'upgrade'] as const) {
    server.prependListener(event, ({ headers }: { headers: { authorization?: string } }) =>
      noteTokens(headers.authorization),
    );
  }
}

/**
 * Returns the claims and tokens that lines of the log have, and forgets all of them. Claims of another file's tokens may be
 * words that a log has, such as the path of a request.
 */
export function findLeaks(): readonly string[] {
  const text = [...lines, ...outputs.map((output) => output())].join('\n');
  lines = [];
  outputs = [];
  const claims = [...values].filter(([value]) => !tenantIds.has(value) && text.includes(value));
  const tokens = text.match(/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}/g) ?? [];
  const short = [...shortValues].filter(([field]) => text.includes(field)).map(([, claim]) => claim);
  values.clear();
  shortValues.clear();
  return [
    ...claims.map(([value, name]) => `${name}: ${value}`),
    ...short,
    ...tokens.map((token) => token.slice(0, 40)),
  ];
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
