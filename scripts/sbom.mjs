// Prints the bill of materials of the server (CycloneDX): npm run sbom > sbom.json
//
// `npm sbom --omit dev` leaves out each package that a tool for development needs too (npm/cli#7909): 200 of 262. So npm
// gets a lock file that has the server's packages only. The exit code is 1 if one of them is missing. With --check nothing
// else is printed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { devDependencies: _, ...settings } = readJson('package.json');
const lock = readJson('package-lock.json');
const running = Object.entries(lock.packages).filter(([path, { dev, devOptional }]) => path && !dev && !devOptional);

const text = billOfMaterials();
const named = new Set(JSON.parse(text).components.map(({ purl }) => purl));
const missing = running.map(addressOf).filter((address) => !named.has(address));
for (const address of missing) console.error(`The bill of materials lacks ${address}.`);
if (missing.length > 0) process.exitCode = 1;
else if (!process.argv.includes('--check')) process.stdout.write(text);

function billOfMaterials() {
  const { devDependencies: _, ...root } = lock.packages[''];
  const temporary = mkdtempSync(join(tmpdir(), 'entra-graphql-sbom-'));
  // npm names the product after the folder.
  const folder = join(temporary, settings.name);
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(settings));
    const packages = { '': root, ...Object.fromEntries(running) };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    const words = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    return execFileSync('npm', words, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** The package URL of an entry of the lock file. */
function addressOf([path, { version }]) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
