import { LRUCache } from 'lru-cache';
import type { Colours } from '../cli/terminal/colours.js';
import { isObject } from '../values/is-object.js';

type Fields = Readonly<Record<string, unknown>>;

/** Requests whose refusal was written, which may still end. A connection can stay open for hours. */
const MOST_REFUSED = 1_000;
const REFUSED = [401, 403, 503];
const WARNING = 40;
const ERROR = 50;

/**
 * Creates what turns a line of the log into one for people. A refused request is one line, with the reason and the next step.
 * A line that says nothing new becomes empty text.
 *
 * @param options.nameOf name of a persona by its object id
 */
export function createReadableLog(options: {
  readonly colours: Colours;
  readonly nameOf: (objectId: string) => string | undefined;
}): (line: string) => string {
  const { colours, nameOf } = options;
  const refused = new LRUCache<string, true>({ max: MOST_REFUSED });
  const who = ({ oid }: Fields) => (typeof oid === 'string' ? (nameOf(oid) ?? oid) : 'nobody');

  function writeReason(entry: Fields): string | undefined {
    if (entry.msg === 'access token refused') {
      return `${colours.red('refused')}  ${entry.code}  ${entry.hint}`;
    }
    if (entry.msg !== 'fields denied' && entry.msg !== 'fields would have been denied') return undefined;
    const denied = Object.entries(Object(entry.denied)).map(([field, missing]) => reasonOf(field, missing));
    const word = entry.msg === 'fields denied' ? colours.yellow('denied') : colours.dim('would be denied');
    return `${word}  ${who(entry)}  ${denied.join('; ')}`;
  }

  function writeRequest(entry: Fields): string {
    const { status, ms, method, path, type, code, cost, operation } = entry;
    const asked =
      type === undefined ? `${method ?? ''} ${path ?? ''}`.trim() : [type, operation].filter(Boolean).join(' ');
    const parts = [`${ms} ms`, who(entry), asked, code, cost === undefined ? undefined : `cost ${cost}`];
    return [statusOf(status, colours), ...parts.filter((part) => part !== undefined && part !== '')].join('  ');
  }

  function write(entry: Fields): string {
    const { reqId, msg, status } = entry;
    // The screen of `dev` names the addresses.
    if (String(msg).startsWith('Server listening at ')) return '';
    const reason = writeReason(entry);
    if (reason !== undefined) {
      if (typeof reqId === 'string') refused.set(reqId, true);
      return reason;
    }
    if (msg === 'request' && typeof reqId === 'string' && refused.delete(reqId) && REFUSED.includes(Number(status))) {
      return '';
    }
    return msg === 'request' || msg === 'operation' ? writeRequest(entry) : writeOther(entry, colours);
  }

  return (line) => {
    const entry = parse(line);
    if (!entry) return line;
    const text = write(entry);
    return text === '' ? '' : `${colours.dim(timeOf(entry.time))}  ${text}\n`;
  };
}

function reasonOf(field: string, missing: unknown): string {
  if (missing === 'an access token') return `${field} needs an access token: "npm run -s token" lists who has one`;
  return typeof missing === 'string' && missing !== '' ? `${field} needs ${missing}` : field;
}

function statusOf(status: unknown, { green, red, yellow }: Colours): string {
  if (status === undefined) return green('answered');
  const colour = Number(status) >= 500 ? red : Number(status) >= 400 ? yellow : green;
  return colour(String(status));
}

/** Formats any other line: its message first, then its fields. An error comes with its stack and its hint. */
function writeOther({ level, msg, err, ...entry }: Fields, { red, yellow, dim }: Colours): string {
  const { time: _time, pid: _pid, hostname: _host, reqId: _request, traceId: _trace, ...fields } = entry;
  const words = String(msg ?? '');
  const told = Number(level) >= ERROR ? red(words) : Number(level) >= WARNING ? yellow(words) : words;
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const { stack, hint } = Object(err);
  const lines = [[told, dim(rest.join(', '))].filter(Boolean).join('  '), stack, hint];
  return lines.filter((line) => typeof line === 'string').join('\n');
}

function timeOf(time: unknown): string {
  return new Date(Number(time)).toTimeString().slice(0, 8);
}

function parse(line: string): Fields | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}
