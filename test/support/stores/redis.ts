import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { project } from '../built-project.js';
import { until } from '../command.js';

/** A Redis of Debian's, in memory alone. */
export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Returns the path of a Redis of Debian's, or why it cannot be had here. */
export async function installRedis(): Promise<{ readonly program: string } | { readonly notRun: string }> {
  try {
    const script = join(project, 'scripts', 'install-debian.sh');
    const { stdout } = await promisify(execFile)('bash', [script, 'redis-server', 'redis-server'], {
      timeout: 300_000,
    });
    return { program: stdout.trim() };
  } catch (error) {
    return { notRun: String(Object(error).stderr).trim() || String(error) };
  }
}

/** Starts a Redis that keeps nothing on disk. */
export async function startRedis(program: string, port: number): Promise<RedisServer> {
  const server = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
    cwd: '/',
  });
  await until(
    () => answers(port),
    () => 'Redis does not answer',
  );
  return { url: `redis://127.0.0.1:${port}`, stop: () => stop(server) };
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = once(server, 'close');
  if (server.exitCode !== null || !server.kill('SIGKILL')) return;
  await ended;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
  });
}
