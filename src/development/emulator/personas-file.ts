import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError } from '../../cli/command-failure.js';
import type { EmulatorClient, EmulatorOptions } from '../../emulator/emulator-options.js';
import type { Persona } from '../../emulator/persona.js';
import { AUTH_CONTEXT } from '../../emulator/persona.js';
import { messageOf } from '../../values/message-of.js';

type Settings = Pick<EmulatorOptions, 'tenants' | 'api' | 'clients' | 'personas'>;

const MAX_PERSONAS = 100;
const texts = z.array(z.string().min(1).max(200)).max(100).default([]);
const guid = z.guid('expected a GUID');
const claimValue = z.union([z.string().max(200), z.number(), z.boolean(), texts]);

const entry = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected 1 to 40 of a-z, 0-9 and "-"'),
  displayName: z.string().min(1).max(100).optional(),
  about: z.string().max(300).exactOptional(),
  kind: z.enum(['delegated', 'app-only']).default('delegated'),
  tenantId: guid.optional(),
  objectId: guid.optional(),
  scopes: texts,
  roles: texts,
  permissions: texts,
  authContexts: z.array(z.string().regex(AUTH_CONTEXT, 'expected c1 to c99')).default([]),
  isGuest: z.boolean().default(false),
  isAgentAccount: z.boolean().exactOptional(),
  groups: z.array(guid.toLowerCase()).max(1000).exactOptional(),
  claims: z.record(z.string().regex(/^[\w.:/-]{1,100}$/, 'expected names of claims'), claimValue).exactOptional(),
});
const file = z.array(entry).min(1).max(MAX_PERSONAS);

/**
 * Adds the personas of a JSON file to those of the emulator. One with the name of another takes its place. Each application
 * gets a client for its credentials.
 *
 * @throws CommandError with a line for each fault of the file
 */
export async function addPersonasOf(path: string, settings: Settings): Promise<Settings> {
  const parsed = file.safeParse(parseJson(path, await read(path)));
  if (!parsed.success) {
    throw fault(
      path,
      parsed.error.issues.map(({ path: where, message }) => `${nameOf(where)}: ${message}`),
    );
  }
  const names = parsed.data.map(({ name }) => name);
  const problems = parsed.data.flatMap((persona, index) => [
    ...(names.indexOf(persona.name) < index ? [`[${index}] (${persona.name}): there is another one of this name`] : []),
    ...problemsOf(persona, index, settings),
  ]);
  if (problems.length > 0) throw fault(path, problems);
  const added = parsed.data.map((persona) => complete(persona, settings));
  const kept = settings.personas.filter(({ name }) => !added.some((persona) => persona.name === name));
  return { ...settings, personas: [...kept, ...added], clients: clientsFor(added, settings.clients) };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CommandError(`Cannot read the personas in ${path}. Give --personas the path of a JSON file.`, { cause });
  });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function problemsOf(
  { scopes, kind, tenantId, name, permissions }: z.output<typeof entry>,
  index: number,
  { api, tenants }: Settings,
): string[] {
  const at = `[${index}] (${name})`;
  const unknown = scopes.filter((scope) => !api.scopes.includes(scope));
  return [
    ...unknown.map((scope) => `${at}.scopes: the API has no scope "${scope}"; it has ${api.scopes.join(', ')}`),
    ...(kind === 'app-only' && scopes.length > 0
      ? [`${at}.scopes: an application has permissions instead of scopes`]
      : []),
    ...(kind === 'delegated' && permissions.length > 0
      ? [`${at}.permissions: a user has scopes and roles instead of permissions`]
      : []),
    ...(tenantId !== undefined && !tenants.some(({ id }) => id === tenantId.toLowerCase())
      ? [`${at}.tenantId: no tenant has this id; there are ${tenants.map(({ id }) => id).join(', ')}`]
      : []),
  ];
}

/** An object id that is left out follows from the name, so that it stays the same from start to start. */
function complete(persona: z.output<typeof entry>, { tenants, personas }: Settings): Persona {
  const { name, displayName = name, tenantId = tenants[0]?.id ?? '', objectId } = persona;
  const before = personas.find((other) => other.name === name);
  return { ...persona, displayName, tenantId, objectId: objectId ?? before?.objectId ?? guidOf(`persona ${name}`) };
}

function clientsFor(personas: readonly Persona[], clients: readonly EmulatorClient[]): readonly EmulatorClient[] {
  const served = clients.map((client) => client.kind === 'confidential' && client.persona);
  const added = personas.filter(({ kind, name }) => kind === 'app-only' && !served.includes(name));
  return [
    ...clients,
    ...added.map(({ name, displayName }) => ({
      kind: 'confidential' as const,
      clientId: guidOf(`client ${name}`),
      name: displayName,
      persona: name,
    })),
  ];
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('') || 'the file';
}

function fault(path: string, problems: readonly string[]): CommandError {
  return new CommandError([`${path} has personas that cannot be used:`, ...problems].join('\n  '));
}
