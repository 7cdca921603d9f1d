import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { project } from '../support/built-project.js';
import { type ComposeService, manifests, readYaml } from './manifests.js';

/** The words with which a container starts Node, and its memory limit. */
interface Bounded {
  readonly words: readonly string[];
  readonly limit: string;
}

const { services } = readYaml<{ services: Record<'migrate' | 'api', ComposeService> }>('compose.yaml');
const page = readFileSync(join(project, 'docs', 'azure-container-apps.md'), 'utf8');

it.each([
  ['the API on Kubernetes', ofManifest('deployment.yaml')],
  ['the migration on Kubernetes', ofManifest('migration-job.yaml')],
  ['the API with Compose', ofService('api')],
  ['the migration with Compose', ofService('migrate')],
  ['the API on Azure Container Apps', ofContainerApp()],
  ['the migration on Azure Container Apps', ofContainerAppsJob()],
])('%s leaves a quarter of its memory to what is outside of the heap', (_what, { words, limit }) => {
  const [megabytes] = words.flatMap((word) => /--max-old-space-size=(\d+)$/.exec(word)?.slice(1) ?? []);
  expect(Number(megabytes) / megabytesOf(limit)).toBe(0.75);
});

function ofManifest(name: string): Bounded {
  const [container] = manifests.get(name)?.spec.template?.spec.containers ?? expect.fail(`${name} has no pods`);
  return { words: container.args, limit: container.resources.limits.memory };
}

function ofService(name: 'migrate' | 'api'): Bounded {
  return { words: services[name].command ?? [], limit: services[name].mem_limit ?? '' };
}

function ofContainerApp(): Bounded {
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const [{ args, resources }] = parse(text).properties.template.containers;
  return { words: args, limit: resources.memory };
}

function ofContainerAppsJob(): Bounded {
  const [command = ''] = /^az containerapp job create (?:.*\\\n)*.*$/m.exec(page) ?? [];
  const words = command.split(/\s+/);
  return { words, limit: words[words.indexOf('--memory') + 1] ?? '' };
}

function megabytesOf(limit: string): number {
  const [, size, unit] = /^([\d.]+)(m|Mi|Gi)$/.exec(limit) ?? [];
  return Number(size) * (unit === 'Gi' ? 1024 : 1);
}
