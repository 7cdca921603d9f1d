import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../harness/free-port.mjs';

const INSTALL = fileURLToPath(new URL('../../scripts/install-haproxy.sh', import.meta.url));

/**
 * Starts HAProxy in front of the replicas. It asks `/readyz` twice a second, and repeats a request only when no connection
 * could be made, so a change is never sent twice.
 *
 * @param {string} folder where its configuration is written
 * @param {readonly number[]} ports
 */
export async function startBalancer(folder, ports) {
  const program = execFileSync('bash', [INSTALL], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration(port, ports));
  const child = spawn(program, ['-f', file, '-db'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended with code ${child.exitCode}`);
    await delay(50);
  }
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function configuration(port, ports) {
  return `
defaults
  mode http
  timeout connect 1s
  timeout check 2s
  timeout client 40s
  timeout server 40s
  timeout tunnel 1h
  option redispatch 1
  retries 3
  retry-on conn-failure
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
