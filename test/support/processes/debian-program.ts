import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../../scripts/install-debian.sh', import.meta.url));

/**
 * Returns the path of a program from a package of Debian. The package is downloaded and unpacked once for all runs on this
 * machine; nothing is installed. Undefined where Debian's packages cannot be had.
 *
 * @param release of Debian, such as `trixie`. Default: that of this machine
 */
export async function findDebianProgram(
  packageName: string,
  program: string,
  release = '',
): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('bash', [SCRIPT, packageName, program, release], { timeout: 300_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
