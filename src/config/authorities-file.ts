import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { identityProblems } from '../authentication/options/identity-problems.js';
import { findNearest } from '../authentication/options/nearest-name.js';
import { formatRange, OPTION_RANGES } from '../authentication/options/option-ranges.js';
import { authorityDownstream } from './authority-downstream.js';
import { audience, guid, instance } from './setting-checks.js';

const MAX_BYTES = 64 * 1024;
const ids = z.array(guid('GUIDs')).min(1).max(100);
const names = z.array(z.string().min(1).max(200)).min(1).max(100);

const authority = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, '1 to 40 of a-z, 0-9 and "-", and a letter first'),
  tenantId: z.union([guid(''), z.enum(['organizations', 'common'])], {
    error: 'the GUID of the tenant, or "organizations" or "common"',
  }),
  clientId: guid('a GUID'),
  audiences: z.array(audience).min(1).max(100).optional(),
  instance: instance.optional(),
  allowedTenants: z.union([z.literal('any'), ids], { error: 'a list of GUIDs, or "any"' }).optional(),
  allowedClients: ids.optional(),
  acceptV1Tokens: z.boolean().optional(),
  clientsWithoutPermissions: ids.optional(),
  requiredClaims: z.record(z.string().min(1).max(100), names).optional(),
  groupRoles: z.record(z.guid({ error: 'GUIDs of groups as names' }), names).optional(),
  downstream: authorityDownstream.optional(),
  groupLookup: z.enum(['user', 'application'], { error: '"user" or "application"' }).optional(),
  appSpecificSigningKeys: z.boolean().optional(),
});
const [fewest, most] = OPTION_RANGES.authorities;
const file = z.array(authority).min(fewest).max(most);

/** A JSON file with further authorities, as the option `authorities` of `createAuthentication` takes them. */
export const authoritiesFile = z.string().transform((path, context) => {
  const parsed = file.safeParse(readJson(path));
  const problems = parsed.success ? parsed.data.flatMap(contradictionsOf) : parsed.error.issues.map(describeIssue);
  if (parsed.success && problems.length === 0) return parsed.data;
  const message = `the path of a JSON file with ${formatRange(OPTION_RANGES.authorities)} authorities (${problems.slice(0, 5).join('; ')})`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function readJson(path: string): unknown {
  try {
    return statSync(path).size > MAX_BYTES ? undefined : JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function contradictionsOf(options: z.output<typeof authority>, at: number): readonly string[] {
  const needed = (['groupRoles', 'downstream'] as const).filter((name) => options[name] === undefined);
  const isUseless = options.groupLookup !== undefined && needed.length > 0;
  return [
    ...identityProblems(options).map(({ option, expected }) => `[${at}].${option}: expected ${expected}`),
    ...(isUseless ? [`[${at}].groupLookup: expected ${needed.join(' and ')} beside it`] : []),
  ];
}

/** Leaves out values, and names that are not options, because a file that was named by mistake may hold secrets. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(describePart).join('');
  if (place === '') return 'it cannot be read, is not a JSON list of that length, or has more than 64 KiB';
  return issue.code === 'unrecognized_keys'
    ? `${place} has a name that no option has${nearestOption(issue)}`
    : `${place}: expected ${expectationOf(issue)}`;
}

function describePart(part: PropertyKey): string {
  return typeof part === 'number' ? `[${part}]` : `.${String(part).slice(0, 100)}`;
}

/** Zod says "Invalid input: expected array, received string" where no text is given. */
function expectationOf(issue: z.core.$ZodIssue): string {
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return message.replace(/^(?:Invalid input|Too small|Too big): expected /, '');
}

function nearestOption({ keys, path }: z.core.$ZodIssueUnrecognizedKeys): string {
  const { shape } = path.at(-1) === 'downstream' ? authorityDownstream.in : authority;
  const nearest = keys.map((name) => findNearest(name, Object.keys(shape))).find((name) => name !== undefined);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
}
