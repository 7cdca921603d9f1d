import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../../support/api.js';
import { builtMain } from '../../support/built-project.js';
import { runCommand } from '../../support/command.js';
import { runInTerminal } from '../../support/terminal.js';

const REPORT = 'schema/expenses/expense-report.graphql';
let folder: string;

/** A repository whose first commit, tagged `before`, has this project's schema and its matrix. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-permissions-'));
  await cp(new URL('../../../schema', import.meta.url), join(folder, 'schema'), { recursive: true });
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'before');
  git('tag', 'before');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => git('checkout', '--quiet', '--force', 'before'));

describe('entra-graphql permissions', () => {
  it('prints a row for each field: what it needs and who has it', async () => {
    const { code, output } = await run('permissions');
    expect(code).toBe(0);
    expect(output).toMatch(
      /\| riskScore \| .*role Expenses\.Auditor \| none \| .*\| no \| no \| no \| no \| no \| yes \| no \| no \|/,
    );
    expect(output).toMatch(
      /\| Field \| Users \| Applications \| Agents \| Policies \| nobody \| erin \| mia \| finn \| finn\+c1 \| ada \| gus \| export-job \|/,
    );
  });

  it('prints JSON and HTML as well', async () => {
    const { rows } = JSON.parse((await run('permissions', '--format', 'json')).output);
    expect(rows).toContainEqual(expect.objectContaining({ coordinate: 'Query.serverInfo', isPublic: true }));
    const { output } = await run('permissions', '--format', 'html');
    expect(output).toMatch(/^<!doctype html>.*<code>riskScore<\/code>.*<\/html>$/s);
    const script = /<script type="module">(.*)<\/script>/s.exec(output)?.[1] ?? '';
    // Browsers run the script only if its hash matches the content security policy.
    expect(output).toContain(`sha256-${createHash('sha256').update(script).digest('base64')}`);
  });

  it('prints the tree of rules that graphql-shield enforces', async () => {
    const { output } = await run('permissions', '--format', 'shield');
    expect(output).toContain('    serverInfo: allow,\n');
    expect(output).toContain(
      '    node: or("scope Expenses.Read or Expenses.ReadWrite", "application permission Expenses.Read.All"),\n',
    );
    expect(output).toMatch(/^ {4}expenseReports: and\(.*"with argument authorId, role Expenses\.Approver or .*\),$/m);
  });

  it('closes to agents what AGENTS=closed closes, and refuses another value', async () => {
    const rows = async (environment: Record<string, string>) =>
      JSON.parse((await runWith(environment, 'permissions', '--format', 'json')).output).rows;
    const closed = (await rows({ AGENTS: 'closed' })).filter(({ forbidsAgents }: never) => forbidsAgents);
    const open = (await rows({})).filter(({ forbidsAgents }: never) => forbidsAgents);
    expect(open).toEqual([expect.objectContaining({ coordinate: 'Mutation.markExpenseReportPaid' })]);
    expect(closed).toContainEqual(expect.objectContaining({ coordinate: 'Query.me' }));
    expect(closed).not.toContainEqual(expect.objectContaining({ coordinate: 'Query.serverInfo' }));
    const wrong = await runWith({ AGENTS: 'shut' }, 'permissions', '--check');
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('AGENTS must be "open" or "closed"') });
  });

  it('--documents says which persona may run which operation of the released clients', async () => {
    await release('web.json', { aaaaaaaa11: SCORES, bbbbbbbb22: ACCOUNT });
    const { code, output } = await run('permissions', '--documents', 'web.json');
    expect(code).toBe(0);
    expect(output).toMatch(/^\| aaaaaaaa Scores \| no \| partly \|.* yes \| partly \| partly \|$/m);
    expect(output).toMatch(/^\| bbbbbbbb Account \| no \| partly \| partly \| partly \| policy \|/m);
    expect(output).toMatch(/^- aaaaaaaa Scores, erin, .*: `ExpenseReport\.riskScore`: role Expenses\.Auditor$/m);
  });

  it('--documents fails for an operation that the schema does not accept, and for a file that is not a manifest', async () => {
    await release('old.json', { cccccccc33: 'query Old { gone }', dddddddd44: 'query {' });
    const old = await run('permissions', '--documents', 'old.json');
    expect(old.code).toBe(1);
    expect(old.output).toContain('WARNING: cccccccc: the schema does not accept it: Cannot query field "gone"');
    expect(old.output).toContain('WARNING: dddddddd: the schema does not accept it: Syntax Error');
    const missing = await run('permissions', '--documents', 'not-there.json');
    expect(missing).toMatchObject({
      code: 1,
      output: expect.stringContaining('not-there.json cannot be read as JSON'),
    });
  });

  it('leaves the schema of a subgraph to "subgraph", which imports no rule', async () => {
    const { code, output } = await run('subgraph');
    expect(code).toBe(0);
    expect(output).toMatch(/^extend schema @link\(url: "[^"]+", import: \["@key", "@shareable"\]\)\n/);
    expect(output).toContain('type ExpenseReport implements Node @key(fields: "id")');
  });

  it('does not fail when its reader closes the pipe, as in "permissions | head"', async () => {
    const { exited } = runCommand(['permissions'], folder, {}, { isHeard: false });
    expect(await exited).toEqual({ code: 0, output: '' });
  });

  it('says in one line that its output cannot be written, as to a full disk', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [builtMain(), 'permissions'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^The output cannot be written: ENOSPC.*\n$/)]);
  });

  it('--check passes for this project', async () => {
    expect((await run('permissions', '--check')).code).toBe(0);
  });

  it('--check fails when a rule changed, until --write is called', async () => {
    await change(REPORT, ' @requiresRoles(roles: [["Expenses.Auditor"]])', '');
    expect(await run('permissions', '--check')).toMatchObject({ code: 1, output: expect.stringContaining('--write') });
    expect((await run('permissions', '--write')).code).toBe(0);
    expect((await run('permissions', '--check')).code).toBe(0);
    expect(git('diff', '--stat')).toContain('schema/PERMISSIONS.md');
  });

  it('--check fails for a policy that no code defines, as a start does', async () => {
    await change(REPORT, '@requiresRoles(roles: [["Expenses.Auditor"]])', '@policy(policies: [["isOwnr"]])');
    const { code, output } = await run('permissions', '--check');
    expect(code).toBe(1);
    expect(output).toMatch(/^schema\/.*\.graphql:\d+ ExpenseReport\.riskScore: the policy "isOwnr" does not exist/m);
  });

  it('lists every problem of the files with file and line', async () => {
    await change(REPORT, '@requiresRoles(roles: [["Expenses.Auditor"]])', '@requiresRole(roles: "Expenses.Auditor")');
    const { code, output } = await run('permissions');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^schema\/expenses\/expense-report\.graphql:\d+ ExpenseReport\.riskScore: Unknown directive "@requiresRole"\. Did you mean "@requiresRoles"\?$/m,
    );
    expect(output).toMatch(/ExpenseReport\.auditTrail: Unknown directive/);
    expect(output).not.toContain('    at ');
  });

  it('lists every problem of the rules with file and line', async () => {
    await change(REPORT, '[["Expenses.Auditor"]]', '[[]]');
    const { code, output } = await run('permissions');
    expect(code).toBe(1);
    expect(output).toMatch(/ExpenseReport\.auditTrail.*schema\/expenses\/expense-report\.graphql:\d+/s);
    expect(output).toMatch(/ExpenseReport\.riskScore/);
  });
});

describe('entra-graphql permissions diff against a version that breaks rules', () => {
  const RISK = '@requiresRoles(roles: [["Expenses.Auditor"]])';
  const commit = (tag: string) => {
    git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--all', '--message', tag);
    git('tag', '--force', tag);
    git('checkout', '--quiet', '--force', 'before');
  };

  it.each([
    ['two names in a flat list', '@requiresRoles(roles: ["Expenses.Auditor", "Other"])'],
    ['one directive twice', `${RISK} ${RISK}`],
    ['a directive that does not exist', '@requireRoles(roles: [["Expenses.Auditor"]])'],
    ['an empty set', '@requiresRoles(roles: [[]])'],
  ])('answers and names the rule: %s', async (_name, written) => {
    await change(REPORT, RISK, written);
    commit('broken');
    await change(REPORT, 'scopes: [["Expenses.Read"], ["Expenses.ReadWrite"]]', 'scopes: [["Expenses.ReadWrite"]]');
    const { code, output } = await run('permissions', 'diff', 'broken');
    expect(code).toBeLessThan(2);
    expect(output).toContain('Expenses.Read');
    expect(output).toContain("a start refuses the rules at broken by today's checks");
    expect(output).toMatch(/- schema\/expenses\/expense-report\.graphql:\d+ ExpenseReport\.riskScore: /);
  });

  it('says what is wrong if it was not a schema', async () => {
    await change(REPORT, 'riskScore: ', 'riskScore: NoSuchType riskScore: ');
    commit('none');
    const { code, output } = await run('permissions', 'diff', 'none');
    expect(code).toBe(2);
    expect(output).toMatch(/^The schema at "none" cannot be read, so nothing can be compared:\n/);
  });

  it('still refuses a schema on disk that breaks them', async () => {
    await change(REPORT, RISK, `${RISK} ${RISK}`);
    expect((await run('permissions', 'diff', 'before')).code).toBe(2);
  });
});

describe('entra-graphql permissions diff', () => {
  it('says that nothing changed, with exit code 0', async () => {
    expect(await run('permissions', 'diff', 'before')).toMatchObject({ code: 0, output: 'No permission changes.' });
  });

  it('--documents names the operations of released clients that break, with exit code 1', async () => {
    await release('web.json', { aaaaaaaa11: SCORES, bbbbbbbb22: ACCOUNT });
    await release('app.json', { cccccccc33: 'query Titles { expenseReports(first: 5) { nodes { title } } }' });
    const diff = () => run('permissions', 'diff', 'before', '--documents', 'web.json', '--documents', 'app.json');
    expect(await diff()).toMatchObject({
      code: 0,
      output: 'No permission changes.\n\nNo operation of the released clients breaks.',
    });
    await change(REPORT, 'title: String!', 'title: String! @requiresRoles(roles: [["Expenses.Auditor"]])');
    const { code, output } = await diff();
    expect(code).toBe(1);
    expect(output).toContain('WARNING: operations of released clients break:\n');
    expect(output).toMatch(/^- web\.json aaaaaaaa Scores, erin, .*: `ExpenseReport\.title`: role Expenses\.Auditor$/m);
    expect(output).toMatch(/^- app\.json cccccccc Titles, erin, /m);
    expect(output).not.toMatch(/^- web\.json bbbbbbbb|Titles, .*\bada\b/m);
    await change(REPORT, 'riskScore: ', 'score: ');
    expect((await diff()).output).toMatch(/^- web\.json aaaaaaaa: the schema no longer accepts it: /m);
  });

  it('--documents names operations that policies decide now, and not those that work again', async () => {
    await release('web.json', { aaaaaaaa11: SCORES });
    const role = '@requiresRoles(roles: [["Expenses.Auditor"]])';
    await change(REPORT, `riskScore: Int ${role}`, 'riskScore: Int @policy(policies: [["self"]])');
    const { output } = await run('permissions', 'diff', 'before', '--documents', 'web.json');
    expect(output).toMatch(/- aaaaaaaa Scores, ada: policies decide now$/);
  });

  it('warns of wider access, with exit code 1', async () => {
    await change(REPORT, 'riskScore: Int @requiresRoles(roles: [["Expenses.Auditor"]])', 'riskScore: Int');
    const { code, output } = await run('permissions', 'diff', 'before');
    expect(code).toBe(1);
    expect(output).toMatch(/ExpenseReport\.riskScore.*gained by/);
    expect(output).toMatch(/WARNING: access is wider than at before: ExpenseReport\.riskScore$/);
  });

  it('warns of a new field separately, with exit code 1 as well', async () => {
    await change(REPORT, 'title: String!', 'title: String! subtitle: String');
    const { code, output } = await run('permissions', 'diff', 'before');
    expect(code).toBe(1);
    expect(output).toMatch(/ExpenseReport\.subtitle` added; gained by/);
    expect(output).not.toContain('access is wider');
    expect(output).toMatch(/WARNING: new since before, see above for whom: ExpenseReport\.subtitle$/);
  });

  it('reports narrower access with exit code 0', async () => {
    await change(REPORT, 'title: String!', 'title: String! @requiresRoles(roles: [["Expenses.Auditor"]])');
    const { code, output } = await run('permissions', 'diff', 'before');
    expect(code).toBe(0);
    expect(output).toMatch(/ExpenseReport\.title.*lost by/);
  });

  it('does not report wider access for an invalid schema', async () => {
    await change(REPORT, '[["Expenses.Auditor"]]', '[[]]');
    expect((await run('permissions', 'diff', 'before')).code).toBe(2);
  });

  it.each(['no-such-commit', '--output=stolen'])('refuses %s in one line, and with 2', async (reference) => {
    const { code, output } = await run('permissions', 'diff', '--', reference);
    expect(code).toBe(2);
    expect(output.split('\n')).toEqual([expect.stringContaining(reference)]);
  });
});

describe('entra-graphql permissions for', () => {
  it('says what a persona may use and what is missing for the rest', async () => {
    const { output } = await run('permissions', 'for', 'erin');
    expect(output).toMatch(/^ExpenseReport\.title +yes$/m);
    expect(output).toMatch(/^ExpenseReport\.riskScore +no: role Expenses\.Auditor$/m);
    expect(output).toMatch(/^Mutation\.submitExpenseReport +for some objects, by policy$/m);
  });

  it('says the same for the caller of an access token, which is verified', async () => {
    const emulator = await startEmulator(emulatorSettings);
    const settings = {
      ...settingsOf(emulator),
    };
    const token = await emulator.issueAccessToken('ada');
    const { code, output } = await runWith(settings, 'permissions', 'for', token);
    expect(code).toBe(0);
    expect(output).toMatch(/^ExpenseReport\.riskScore +yes$/m);
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    expect(await runWith(settings, 'permissions', 'for', forged)).toMatchObject({
      code: 1,
      output: expect.stringContaining('token inspect'),
    });
    await emulator.close();
  });

  it('says it for the anonymous caller, "nobody"', async () => {
    const { output } = await run('permissions', 'for', 'nobody');
    expect(output).toMatch(/^Query\.serverInfo +yes$/m);
    expect(output).toMatch(/^Query\.me +no: an access token$/m);
  });

  it('names the personas when it does not know one', async () => {
    expect(await run('permissions', 'for', 'eve')).toMatchObject({
      code: 1,
      output: expect.stringContaining('erin, mia'),
    });
  });
});

const SCORES = 'query Scores { expenseReports(first: 5) { nodes { title riskScore } } }';
const ACCOUNT = 'query Account { employees(first: 1) { nodes { bankAccount { iban } } } }';

function release(file: string, documents: Readonly<Record<string, string>>) {
  return writeFile(join(folder, file), JSON.stringify(documents));
}

function run(...words: string[]) {
  return runWith({}, ...words);
}

function runWith(environment: Record<string, string>, ...words: string[]) {
  return runInTerminal(words, { environment, folder });
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: folder, encoding: 'utf8' });
}

async function change(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(folder, path), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(folder, path), text.replaceAll(from, to));
}
