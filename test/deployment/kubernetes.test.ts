import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { settings } from '../../src/config/settings.js';
import { project } from '../support/built-project.js';
import { type Manifest, manifests, readYaml } from './manifests.js';

const run = promisify(execFile);
const names = [...manifests.keys()];
const manifest = (name: string): Manifest => manifests.get(name) ?? expect.fail(`${name} is missing`);
const workloads = ['deployment.yaml', 'migration-job.yaml'].map((name) => ({ name, pod: podOf(manifest(name)) }));

it.each(names)('%s has the values that the schema of Kubernetes asks for', async (name) => {
  await expectValid(manifest(name));
});

it('pods reach DNS, Entra and PostgreSQL, and what the comments of the network policy allow', async () => {
  expect(egressPorts(manifest('network-policy.yaml'))).toEqual([53, 53, 443, 5432]);
  const opened = readYaml<Manifest>('deploy/kubernetes/network-policy.yaml', (text) =>
    text.replace(/^( +)# (?=- | {2})/gm, '$1'),
  );
  await expectValid(opened);
  const [pgBouncer, redis, collector, managedIdentity] = [6432, 6379, 4318, 80];
  expect(egressPorts(opened)).toEqual([53, 53, 443, 5432, pgBouncer, redis, collector, managedIdentity]);
  expect(opened.spec.egress?.at(-1)?.to).toEqual([{ ipBlock: { cidr: '169.254.169.254/32' } }]);
});

it('no manifest has a key that Kubernetes does not know', async () => {
  expect(await unknownKeys([...manifests.values()])).toEqual([]);
});

it('a misspelled key is found', async () => {
  const text = JSON.stringify(manifest('deployment.yaml')).replace('readinessProbe', 'readynessProbe');
  const [problem, ...more] = await unknownKeys([JSON.parse(text)]);
  expect(more).toEqual([]);
  expect(problem).toContain('readynessProbe');
});

it.each(workloads)('$name sets settings that exist and no secret', ({ pod }) => {
  const known = [...Object.keys(settings('production').shape), 'DATABASE_MIGRATION_URL'];
  const [container] = pod.containers;
  const configured = Object.keys(manifest('config-map.yaml').data ?? {});
  const variables = (container.env ?? []).map((variable) => variable.name);
  expect(known).toEqual(expect.arrayContaining([...configured, ...variables]));
  expect((container.env ?? []).filter((variable) => variable.value !== undefined)).toEqual([]);
  expect(configured.filter((key) => /URL$/.test(key) && key !== 'PUBLIC_URL')).toEqual([]);
});

it.each(workloads)('$name runs without rights that it does not need', ({ pod }) => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(pod.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

it('every part of the deployment selects the pods of the API', () => {
  const labels = manifest('deployment.yaml').spec.template?.metadata.labels ?? {};
  for (const { matchLabels } of selectors()) expect(labels).toMatchObject(matchLabels);
  expect(selectors().length).toBeGreaterThanOrEqual(5);
});

it('a pod has more time to end than the server takes', () => {
  const limit = settings('production').shape.SHUTDOWN_LIMIT_SECONDS.parse(undefined);
  expect(podOf(manifest('deployment.yaml')).terminationGracePeriodSeconds).toBeGreaterThan(limit);
});

it('the probes ask the port on which the container listens', () => {
  const [api] = podOf(manifest('deployment.yaml')).containers;
  const ports = (api.ports ?? []).map((port) => port.name);
  const probes = [api.startupProbe, api.readinessProbe, api.livenessProbe];
  expect(probes.map((probe) => probe?.httpGet.path)).toEqual(['/healthz', '/readyz', '/healthz']);
  for (const probe of probes) expect(ports).toContain(probe?.httpGet.port);
});

function podOf({ spec }: Manifest) {
  return spec.template?.spec ?? expect.fail('a manifest without pods');
}

async function expectValid(document: Manifest): Promise<void> {
  const { [document.kind]: Model } = await import(/* @vite-ignore */ `kubernetes-models/${document.apiVersion}`);
  expect(() => new Model(document).validate()).not.toThrow();
}

function egressPorts({ spec }: Manifest): number[] {
  return (spec.egress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port));
}

/** All selectors by labels, wherever they stand, but those of namespaces, as `{ matchLabels }`. */
function selectors(): { matchLabels: Record<string, string> }[] {
  const found: { matchLabels: Record<string, string> }[] = [];
  const service: { spec?: { selector?: Record<string, string> } } = JSON.parse(
    JSON.stringify(manifest('service.yaml')),
  );
  found.push({ matchLabels: service.spec?.selector ?? {} });
  const walk = (value: unknown, key = '') => {
    if (typeof value !== 'object' || value === null) return;
    if ('matchLabels' in value && key !== 'namespaceSelector') found.push(JSON.parse(JSON.stringify(value)));
    for (const [name, below] of Object.entries(value)) walk(below, name);
  };
  for (const document of manifests.values()) walk(document);
  return found;
}

/** Lets TypeScript compare the documents with the types of Kubernetes, which know every key; returns its complaints. */
async function unknownKeys(documents: readonly Manifest[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-kubernetes-'));
  try {
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
    const statements = documents.flatMap(({ apiVersion, kind }, index) => [
      `import type { I${kind} as Kind${index} } from 'kubernetes-models/${apiVersion}';`,
      `export const document${index}: Kind${index} = ${JSON.stringify(documents[index])};`,
    ]);
    await writeFile(join(folder, 'documents.mts'), statements.join('\n'));
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig'];
    await run(join(project, 'node_modules', '.bin', 'tsc'), [...flags, 'documents.mts'], { cwd: folder });
    return [];
  } catch (error) {
    const { stdout = String(error) } = error as { stdout?: string };
    return stdout.split('\n').filter((line) => /error TS/.test(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
