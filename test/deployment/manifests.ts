import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { project } from '../support/built-project.js';

/** A container as Kubernetes describes it, as far as the tests look. */
interface Container {
  readonly args: readonly string[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** One file of `deploy/kubernetes`. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly egress?: readonly { readonly to?: unknown; readonly ports: readonly { readonly port: number }[] }[];
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly [Container];
      };
    };
  };
}

/** A service of `compose.yaml`. */
export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
}

/** The manifests by file name. */
export const manifests: ReadonlyMap<string, Manifest> = new Map(
  readdirSync(join(project, 'deploy', 'kubernetes')).map((name) => [name, readYaml(`deploy/kubernetes/${name}`)]),
);

/** A YAML file of the project, after `edit` of its text. Repeated keys and unknown aliases throw. */
export function readYaml<Shape>(path: string, edit = (text: string) => text): Shape {
  return parse(edit(readFileSync(join(project, path), 'utf8')), { strict: true });
}
