import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../harness/free-port.mjs';

const OPERATIONS = new URL('../../docs/operations.md', import.meta.url);
/** Longer than nginx leaves a server alone. */
const ASKED_MS = 60_000;
const INSTALL = fileURLToPath(new URL('../../scripts/install-debian.sh', import.meta.url));

/**
 * Balancers of Debian by kind. HAProxy asks `/readyz` twice a second. As a balancer of TCP it knows nothing of requests. The nginx
 * of Debian asks nothing: it tries another replica when no connection could be made. It runs with what docs/operations.md says. None
 * sends a change twice.
 */
const KINDS = {
  haproxy: { program: 'haproxy', args: (file) => ['-f', file, '-db'], configuration: haproxy('http') },
  tcp: { program: 'haproxy', args: (file) => ['-f', file, '-db'], configuration: haproxy('tcp') },
  nginx: { program: 'nginx', args: (file, folder) => ['-c', file, '-p', folder, '-e', 'stderr'], configuration: nginx },
};

/**
 * Starts a balancer in front of the replicas.
 *
 * @param {string} folder where its configuration is written
 * @param {readonly number[]} ports
 * @param {keyof typeof KINDS} kind
 */
export async function startBalancer(folder, ports, kind = 'haproxy') {
  const { program: name, args, configuration } = KINDS[kind];
  const program = execFileSync('bash', [INSTALL, name, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  const port = await freePort();
  const file = join(folder, `${kind}.conf`);
  mkdirSync(join(folder, 'temporary'), { recursive: true });
  writeFileSync(file, configuration(port, ports));
  const child = spawn(program, args(file, folder), { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    await delay(50);
  }
  return {
    url,
    pid: child.pid,
    async stop() {
      // nginx has workers that SIGKILL would leave behind.
      child.kill(kind === 'nginx' ? 'SIGTERM' : 'SIGKILL');
      await exited;
    },
  };
}

function haproxy(mode) {
  const http = mode === 'http';
  return (port, ports) => `
defaults
  mode ${mode}
  timeout connect 1s
  timeout check 2s
  timeout client 40s
  timeout server 40s
  timeout tunnel 1h
  option redispatch 1
  retries 3
${http ? '  retry-on conn-failure' : ''}
frontend api
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 500ms fall 2 rise 1
${ports.map((each, index) => `  server replica${index + 1} 127.0.0.1:${each}`).join('\n')}
`;
}

/**
 * Asks nginx for `/readyz`, as docs/operations.md has a deployment do, until it has asked servers as expected.
 *
 * @param {(asked: string) => boolean} isAsExpected takes their addresses in turn, separated by commas; the last one answered
 */
export async function untilAsked(url, isAsExpected) {
  const endsAt = performance.now() + ASKED_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    await answer.text();
    if (isAsExpected(answer.headers.get('x-asked') ?? '')) return;
    if (performance.now() > endsAt) throw new Error('nginx does not ask a server that it should ask');
    await delay(100);
  }
}

/** Returns the configuration of docs/operations.md, with these replicas in place of the two in it. */
export function nginx(port, ports) {
  const [, documented] = /```nginx\n(.*?)```/s.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];
  const servers = / +server api-1:4000(.*;)\n +server api-2:4000\1\n/g;
  if (documented?.match(servers)?.length !== 2 || !documented.includes('\nserver {\n')) {
    throw new Error('docs/operations.md has another configuration of nginx than this file expects');
  }
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
pid nginx.pid;
worker_processes 1;
events { worker_connections 1024; }
http {
access_log off;
${folders.map((name) => `${name}_temp_path temporary/${name};`).join('\n')}
${documented
  .replace(servers, (_, options) => ports.map((each) => `  server 127.0.0.1:${each}${options}\n`).join(''))
  .replace('\nserver {\n', `\nserver {\n  listen 127.0.0.1:${port};\n`)}}
`;
}
