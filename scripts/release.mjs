// Plans a release and, with --yes, makes it: npm run release -- minor
//
// Without --yes nothing is changed. The plan has the version (SemVer), the section of CHANGELOG.md, the tag and the files of
// the package. Nothing is pushed or published in either case: the last lines say how.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const KINDS = ['major', 'minor', 'patch'];
const UNRELEASED = '## Unreleased\n';

/** Returns the version after `current`: the next one of a kind, or a higher one that is given. */
function nextVersion(current, wanted) {
  const parts = parse(current);
  if (!KINDS.includes(wanted)) {
    const given = parse(wanted);
    const first = given.findIndex((part, at) => part !== parts[at]);
    if (first === -1 || given[first] < parts[first]) throw new Error(`${wanted} is not above ${current}.`);
    return wanted;
  }
  const at = KINDS.indexOf(wanted);
  return parts.map((part, index) => (index < at ? part : index === at ? part + 1 : 0)).join('.');
}

function parse(version) {
  const [, ...parts] = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})$/.exec(version ?? '') ?? [];
  if (parts.length === 0) throw new Error(`Say major, minor, patch or a version such as 1.2.3, not "${version}".`);
  return parts.map(Number);
}

/** Returns the entries under "Unreleased". */
function unreleasedOf(changelog) {
  const from = changelog.indexOf(UNRELEASED);
  if (from === -1) throw new Error('CHANGELOG.md has no section "## Unreleased".');
  const rest = changelog.slice(from + UNRELEASED.length);
  const end = rest.search(/^## /m);
  const section = (end === -1 ? rest : rest.slice(0, end)).trim();
  if (!/^- /m.test(section))
    throw new Error('CHANGELOG.md says nothing under "Unreleased": there is nothing to release.');
  return section;
}

/** Returns the changelog with these entries under the version, and an empty "Unreleased" above. */
function releasedChangelog(changelog, version, day) {
  unreleasedOf(changelog);
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n## ${version} - ${day}\n`);
}

/** Returns what is wrong with the files of a package. */
function problemsOfFiles(files, { exports: entries, bin }) {
  const needed = [...Object.values(entries), ...Object.values(bin)]
    .flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))
    .map((path) => path.replace(/^\.\//, ''));
  const missing = ['CHANGELOG.md', 'LICENSE', 'README.md', ...new Set(needed)].filter((path) => !files.includes(path));
  const unwanted = files.filter(
    (path) => !/^(dist|docs|schema|template)\/|^[A-Z]+\.md$|^LICENSE$|^package\.json$/.test(path),
  );
  return [
    ...missing.map((path) => `The package has no ${path}. Run "npm run build" first.`),
    ...unwanted.map((path) => `The package has ${path}, which "files" of package.json should leave out.`),
  ];
}

function run(program, ...words) {
  return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function problemsOfRepository(tag) {
  const changed = run('git', 'status', '--porcelain') === '' ? [] : ['There are changes that are not committed.'];
  const taken = run('git', 'tag', '--list', tag) === '' ? [] : [`The tag ${tag} exists already.`];
  return [...changed, ...taken];
}

function main([wanted, ...others]) {
  const settings = JSON.parse(readFileSync('package.json', 'utf8'));
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const version = nextVersion(settings.version, wanted);
  const tag = `v${version}`;
  const section = unreleasedOf(changelog);
  const [packed] = JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts'));
  const files = packed.files.map(({ path }) => path);
  const problems = [...problemsOfRepository(tag), ...problemsOfFiles(files, settings)];
  console.log(`version    ${settings.version} -> ${version}`);
  console.log(`tag        ${tag}`);
  console.log(`changelog  ${section.match(/^- /gm).length} entries`);
  console.log(`package    ${files.length} files, ${Math.ceil(packed.unpackedSize / 1024)} KiB`);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else if (!others.includes('--yes'))
    console.log('Nothing was changed. Repeat with --yes to make the commit and the tag.');
  else release(changelog, version, tag);
}

function release(changelog, version, tag) {
  run('npm', 'version', version, '--no-git-tag-version', '--ignore-scripts');
  writeFileSync('CHANGELOG.md', releasedChangelog(changelog, version, new Date().toISOString().slice(0, 10)));
  run('git', 'commit', '--all', '--message', `release: ${version}`);
  run('git', 'tag', '--annotate', tag, '--message', tag);
  console.log(`Made. Next: git push --follow-tags, then npm publish.`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
