import { X509Certificate } from 'node:crypto';
import { EmulatorError } from './emulator-error.js';
import type { EmulatorApi, EmulatorClient, EmulatorOptions } from './emulator-options.js';
import { GRAPH_API } from './graph/graph-api.js';
import type { Persona } from './persona.js';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/**
 * Throws where an emulator must not run or its options contradict themselves.
 *
 * An emulator gives any token to every client that reaches it. In production or open to the network that would be a way in.
 *
 * @throws EmulatorError `PRODUCTION`, `NOT_LOOPBACK`, `BAD_OPTIONS`
 */
export function checkEmulatorOptions(options: EmulatorOptions): void {
  if (options.environment?.trim().toLowerCase() === 'production') {
    throw new EmulatorError('PRODUCTION', 'The Entra emulator does not run in production (NODE_ENV).');
  }
  if (options.host !== undefined && !LOOPBACK_HOSTS.includes(options.host)) {
    throw new EmulatorError('NOT_LOOPBACK', `The Entra emulator listens on ${LOOPBACK_HOSTS.join(', ')} only.`);
  }
  const problems = [
    ...notGuids(options),
    ...repeated(
      'tenant',
      options.tenants.map(({ id }) => id),
    ),
    ...repeated(
      'client',
      options.clients.map(({ clientId }) => clientId),
    ),
    ...repeated(
      'persona',
      options.personas.map(({ name }) => name),
    ),
    ...options.personas.flatMap((persona) => personaProblems(options, persona)),
    ...options.clients.flatMap((client) => clientProblems(options, client)),
  ];
  if (options.tenants.length === 0) problems.push('a tenant is missing');
  if (problems.length > 0) throw new EmulatorError('BAD_OPTIONS', `Emulator options: ${problems.join('; ')}.`);
}

function notGuids({
  tenants,
  api,
  downstreamApis = [],
  clients,
  personas,
  otherUsers = [],
}: EmulatorOptions): string[] {
  const ids = [
    ...tenants.map(({ id }) => id),
    api.clientId,
    ...downstreamApis.map(({ clientId }) => clientId),
    ...clients.map(({ clientId }) => clientId),
    ...clients.flatMap((client) => (client.kind === 'confidential' && client.agent?.blueprintId) || []),
    ...[...personas, ...otherUsers].map(({ objectId }) => objectId),
  ];
  return ids.filter((id) => !GUID.test(id)).map((id) => `"${id}" is not a GUID`);
}

function repeated(what: string, ids: readonly string[]): string[] {
  const lowerCase = ids.map((id) => id.toLowerCase());
  const twice = lowerCase.filter((id, index) => lowerCase.indexOf(id) !== index);
  return twice.map((id) => `${what} "${id}" occurs twice`);
}

function personaProblems({ tenants, api }: EmulatorOptions, persona: Persona): string[] {
  const problems = [];
  if (!tenants.some(({ id }) => id.toLowerCase() === persona.tenantId.toLowerCase()))
    problems.push('has an unknown tenant');
  if (!persona.scopes.every((scope) => api.scopes.includes(scope))) problems.push('has a scope the API does not offer');
  if (persona.kind === 'app-only' && persona.scopes.length > 0) problems.push('is an application, so it has no scopes');
  return problems.map((problem) => `persona "${persona.name}" ${problem}`);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function clientProblems({ personas, downstreamApis = [] }: EmulatorOptions, client: EmulatorClient): string[] {
  const problems = (client.redirectUris ?? [])
    .filter((uri) => !URL.canParse(uri) || uri.includes('#'))
    .map((uri) => `has the redirect URI "${uri}", which is not an absolute address without fragment`);
  if (client.kind === 'confidential' && client.persona !== undefined) {
    const isApplication = personas.some(({ name, kind }) => name === client.persona && kind === 'app-only');
    if (!isApplication) problems.push(`stands for "${client.persona}", which is not an app-only persona`);
  }
  const consents = (client.kind === 'confidential' && client.consents) || [];
  const consentable = [...downstreamApis, GRAPH_API].flatMap(({ appIdUri, clientId, scopes }: EmulatorApi) =>
    scopes.map((scope) => `${appIdUri ?? `api://${clientId}`}/${scope}`),
  );
  const certificates = (client.kind === 'confidential' && client.certificates) || [];
  if (!certificates.every(isCertificate)) problems.push('has a certificate that is not an RSA one in PEM form');
  for (const consent of consents.filter((scope) => !consentable.includes(scope))) {
    problems.push(`has the consent "${consent}", which is not a scope of a downstream API`);
  }
  return problems.map((problem) => `client "${client.name}" ${problem}`);
}
