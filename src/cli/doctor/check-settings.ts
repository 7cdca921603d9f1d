import { PUBLIC_CLOUD } from '../../authentication/keys/authority.js';
import type { FurtherAuthority } from '../../authentication/options/authentication-options.js';
import { type Config, ConfigError } from '../../config/config.js';
import type { ServedApi } from '../../served-api.js';
import { describeProxy } from '../describe-proxy.js';
import { loadApiConfig } from '../load-api-config.js';
import type { Terminal } from '../terminal/terminal.js';
import { findIdentitySettings, type IdentitySettings } from '../token/find-identity-settings.js';
import type { Finding } from './finding.js';

export interface SettingsFound {
  /** Returns undefined if they do not name an authority and an audience. */
  readonly identity: IdentitySettings | undefined;
  /** Undefined when a setting of the server is missing or wrong, and when a running `dev` is looked at. */
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the settings as `start` does. If there are none, reads those of a running `dev`. */
export async function checkSettings(terminal: Terminal): Promise<SettingsFound> {
  const problems = new Set<string>();
  const identity = await findIdentitySettings(terminal, { mayAsk: true }).catch(noting(problems));
  const config = identity?.emulator ? undefined : load(await terminal.loadApi(), terminal, problems);
  const failed = [...problems].map(
    (problem): Finding => ({ check: 'settings', status: 'fail', seen: problem, advice: adviceOn(problem) }),
  );
  return { identity, config, findings: [...failed, ...(identity ? describe(identity) : [])] };
}

function adviceOn(problem: string): string {
  const isAboutOne = /^\w+: /.test(problem);
  return isAboutOne
    ? 'Set it in the environment or in .env. All settings: docs/configuration.md.'
    : 'Start it with "npm run dev" in another terminal, and call this again; or set what is missing.';
}

function load(api: ServedApi, { environment }: Terminal, problems: Set<string>): Config | undefined {
  try {
    return loadApiConfig(api, environment, 'production');
  } catch (error) {
    return noting(problems)(error);
  }
}

function noting(problems: Set<string>): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) problems.add(problem);
  };
}

function describe({ authentication, emulator, proxy }: IdentitySettings): Finding[] {
  const { tenantId, clientId, audiences, allowedClients, clientsWithoutPermissions, groupRoles } = authentication;
  const whose = `tenant ${tenantId}, API ${clientId}`;
  return [
    {
      check: 'authority',
      status: 'ok',
      seen: emulator ? `the running development emulator: ${whose}` : `${authentication.instance}: ${whose}`,
    },
    ...(authentication.allowedTenants === 'any' ? [anyTenant(authentication.requiredClaims !== undefined)] : []),
    ...(authentication.authorities ?? []).map(furtherAuthority),
    audienceFinding(audiences, clientId),
    { check: 'clients', status: 'ok', seen: allowedClients?.join(', ') ?? 'any application of the allowed tenants' },
    ...(clientsWithoutPermissions ? [withoutPermissions(clientsWithoutPermissions)] : []),
    ...(groupRoles ? [rolesOfGroups(groupRoles)] : []),
    ...(authentication.authorities ?? []).flatMap(({ name, groupRoles: own }) =>
      own ? [rolesOfGroups(own, `${name}: `)] : [],
    ),
    { check: 'proxy', status: 'ok', seen: describeProxy(proxy) },
  ];
}

/** It may be meant, so it is a warning alone. */
function anyTenant(hasRequiredClaims: boolean): Finding {
  const also = hasRequiredClaims ? ' ENTRA_REQUIRED_CLAIMS restricts them.' : '';
  return {
    check: 'tenants',
    status: 'warn',
    seen: `any: users and applications of every tenant in the world can call.${also}`,
    advice:
      'If that is not meant, list the tenants in ENTRA_ALLOWED_TENANTS. Rows of tenants must be kept apart by tid.',
  };
}

function furtherAuthority({
  name,
  instance = PUBLIC_CLOUD,
  tenantId,
  clientId,
  allowedTenants,
}: FurtherAuthority): Finding {
  const seen = `${name}: ${instance}: tenant ${tenantId}, API ${clientId}`;
  return allowedTenants === 'any'
    ? { check: 'authority', status: 'warn', seen: `${seen}; any tenant in the world can call` }
    : { check: 'authority', status: 'ok', seen };
}

function audienceFinding(audiences: readonly string[], clientId: string): Finding {
  const finding = { check: 'audiences', seen: audiences.join(', ') };
  if (audiences.includes(clientId)) return { ...finding, status: 'ok' };
  const advice = `The aud of v2.0 tokens is always the client id: add ${clientId} to ENTRA_AUDIENCES, or they are refused.`;
  return { ...finding, status: 'warn', advice };
}

function rolesOfGroups(groupRoles: Readonly<Record<string, readonly string[]>>, whose = ''): Finding {
  const seen = Object.entries(groupRoles).map(([group, roles]) => `${roles.join(', ')} from group ${group}`);
  return { check: 'groups', status: 'ok', seen: whose + seen.join('; ') };
}

function withoutPermissions(clients: readonly string[]): Finding {
  return {
    check: 'clients',
    status: 'warn',
    seen: `let in without any permission: ${clients.join(', ')}`,
    advice: 'Grant them an application permission, then empty ENTRA_CLIENTS_WITHOUT_PERMISSIONS.',
  };
}
