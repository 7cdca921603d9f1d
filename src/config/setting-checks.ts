import { z } from 'zod';
import { parseGuid } from '../authentication/guid.js';
import { instanceProblem } from '../authentication/keys/unsupported-authorities.js';
import { isHttpsOrLoopback } from '../authentication/loopback.js';
import { CLAIM_NAME, formatRange, isWithin, OPTION_RANGES } from '../authentication/options/option-ranges.js';
import { isTooWideForProxies, parseAddressRange } from './address-range.js';

// What a setting may look like. The message of each check follows the word "expected".

/** A GUID in any case; the value is lower-case. */
export const guid = (what: string) =>
  z
    .string()
    .refine((value) => parseGuid(value) !== undefined, what)
    .transform((value) => value.toLowerCase());

/** 1 to 100 entries, separated by commas. */
export const list = (entry: z.ZodType<string, string>, what: string) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(entry).min(1, what).max(100, 'at most 100 entries'));

export const guids = list(guid('GUIDs, separated by commas'), 'GUIDs, separated by commas');

const anyOrGuids = 'GUIDs, separated by commas, or "any" alone';
/** `any` must be written. A setting that is missing or empty never means every tenant. */
export const guidsOrAny = z.union([z.literal('any'), list(guid(anyOrGuids), anyOrGuids)], { error: anyOrGuids });

/** One of these words. */
export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: values.map((value) => `"${value}"`).join(' or ') });

/** A whole number within these bounds, both allowed. */
export const whole = (from: number, to: number) => {
  const what = `a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, what)
    .transform(Number)
    .refine((value) => value >= from && value <= to, what);
};

/** Scheme, host and port, as browsers write an origin. The scheme is http or https. */
export const origin = (what: string) => z.string().refine(isOrigin, what);

/**
 * Origin of another API. Plain http is allowed on loopback only, because this server sends access tokens there and believes
 * the answers.
 */
export const apiOrigin = (example: string) =>
  z
    .string()
    .refine(
      (value) => isOrigin(value) && isHttpsOrLoopback(value),
      `an https origin such as ${example} (http only for loopback)`,
    );

/** An identifier of this API. */
export const audience = z.string().max(400);

/**
 * Address of a cloud's identity provider. Plain http is allowed on loopback only, because an attacker on the network could send
 * us keys.
 */
export const instance = z
  .string()
  .superRefine((value, context) => {
    const message = instanceProblem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .transform((value) => new URL(value).origin);

export const CLAIM_NAMES = 'names of claims, separated by commas';
export const claimName = z.string().regex(CLAIM_NAME, CLAIM_NAMES);

/** The value of an app role, as a token carries it. */
export const roleName = z.string().regex(/^[\w.:/-]{1,120}$/, 'the value of an app role, such as Permissions.Read');

/**
 * Reads `name=value|value`. Spaces around each part are left out: a value with them would never match.
 *
 * @returns undefined for text of another form
 */
function readPair(
  text: string,
  { name, value, most }: { readonly name: RegExp; readonly value: RegExp; readonly most: number },
): readonly [name: string, values: string[]] | undefined {
  const [before = '', ...after] = text.split('=');
  const key = before.trim();
  const values = after
    .join('=')
    .split('|')
    .map((part) => part.trim());
  const isSound = name.test(key) && values.length <= most && values.every((part) => value.test(part));
  return isSound ? [key, values] : undefined;
}

const CLAIM_VALUES = { name: CLAIM_NAME, value: /^.{1,200}$/s, most: 100 };
const REQUIRED_CLAIMS = `${formatRange(OPTION_RANGES.requiredClaims)} claims with their accepted values, such as ctry=DE|AT,acct=0, each claim once`;

/** Names of claims with their accepted values. */
export const requiredClaims = z.string().transform((value, context) => {
  const entries = value.split(',').map((part) => readPair(part, CLAIM_VALUES));
  const claims = new Map(entries.map((entry) => [entry?.[0], entry?.[1]]));
  if (
    !isWithin(OPTION_RANGES.requiredClaims, entries.length) ||
    claims.size < entries.length ||
    claims.has(undefined)
  ) {
    context.addIssue({ code: 'custom', message: REQUIRED_CLAIMS });
  }
  return Object.fromEntries([...claims].map(([name = '', values = []]) => [name, values]));
});

const GROUP = { name: /^[0-9a-f-]{36}$/i, value: /^\S{1,120}$/, most: OPTION_RANGES.rolesOfGroup[1] };
const GROUP_ROLES = `${formatRange(OPTION_RANGES.groups)} ids of groups with their roles, such as 0c6f…=Expenses.Finance|Expenses.Auditor, separated by commas, each group once`;

/** Ids of groups with the roles that they give. */
export const groupRoles = z.string().transform((value, context) => {
  const entries = value.split(',').map((part) => readPair(part, GROUP));
  const groups = new Map(entries.map((entry) => [parseGuid(entry?.[0]), entry?.[1]]));
  if (!isWithin(OPTION_RANGES.groups, entries.length) || groups.size < entries.length || groups.has(undefined)) {
    context.addIssue({ code: 'custom', message: GROUP_ROLES });
  }
  return Object.fromEntries([...groups].map(([group = '', roles = []]) => [group, roles]));
});

/** A bearer credential that is too long to be guessed (RFC 6750 s.2.1: `b64token`). */
export const secret = z
  .string()
  .regex(/^[\w.~+/-]{24,200}=*$/, '24 to 200 letters, digits and -._~+/, such as `openssl rand -base64 32` prints');

export const addressRange = z
  .string()
  .refine(
    (value) => parseAddressRange(value) !== undefined,
    'addresses or ranges of your proxies, such as 10.0.0.0/8, separated by commas',
  )
  .refine(
    isNarrow,
    'only the ranges of your proxies, each at most /8 of IPv4 or /16 of IPv6: a wider one trusts everybody, and any client could choose the address that is counted',
  );

/** A header's name (RFC 9110 s.5.1), in lower case. */
export const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,64}$/, 'names of request headers, such as x-tenant-hint, separated by commas')
  .transform((name) => name.toLowerCase());

export const proxyAddress = z
  .string()
  .refine(isProxyAddress, 'the address of a proxy with its scheme, such as http://proxy.example.com:8080');

export const postgresUrl = z.string().refine(isPostgresUrl, 'postgres://login:password@host:5432/database');

export const redisUrl = z.string().refine(isRedisUrl, 'redis://host:6379 or, with TLS, rediss://:password@host:6380');

function isRedisUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return /^rediss?:$/.test(protocol) && hostname !== '';
}

/** Returns whether an address has a login, a host and a database. */
function isPostgresUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, host, pathname } = new URL(value);
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') return false;
  return (username !== '' || password !== '') && host !== '' && pathname.length > 1;
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { origin, protocol } = new URL(value);
  return origin === value && /^https?:$/.test(protocol);
}

function isProxyAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** Text that is not a range is not too wide either: another check refuses it. */
function isNarrow(value: string): boolean {
  const range = parseAddressRange(value);
  return range === undefined || !isTooWideForProxies(range);
}
