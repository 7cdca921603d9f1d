import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApi, type TestApi } from '../support/api.js';
import { findDebianProgram } from '../support/processes/debian-program.js';
import { ALERT_CASES, FAULT_TIME, QUIET_TIME } from './alert-cases.js';

const METRICS_TOKEN = 'c2NyYXBlIG1lLCBpZiB5b3UgY2Fu';
const RULES = 'deploy/prometheus/alerts.yaml';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const rules: Rule[] = parse(readFileSync(RULES, 'utf8')).groups.flatMap(({ rules: all }: { rules: Rule[] }) => all);
const dashboard = JSON.parse(readFileSync('deploy/grafana/dashboard.json', 'utf8'));
const panels: { title: string; targets: { expr: string }[] }[] = dashboard.panels;
const runbooks = readFileSync('docs/runbooks.md', 'utf8');

let api: TestApi;
let metrics: string;
beforeAll(async () => {
  api = await startApi({ METRICS_TOKEN });
  await api.query('erin', '{ me { kind } expenseReports(first: 1) { nodes { riskScore } } }');
  metrics = (await api.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${METRICS_TOKEN}` } })).body;
});
afterAll(() => api.close());

/** Names of our own and of Node's metrics in an expression, without the endings that histograms add. */
function namesIn(expr: string): string[] {
  return [...expr.matchAll(/\b((?:entra_graphql|nodejs|process)_\w+)/g)].map(([, name = '']) =>
    name.replace(/_(bucket|count)$/, ''),
  );
}

function missingIn(expr: string): string[] {
  return namesIn(expr).filter((name) => !metrics.includes(`# TYPE ${name} `));
}

/** Returns a test of promtool: the alert is silent before the fault and fires during it. */
function testOf({ alert, labels, annotations }: Rule) {
  const { series = {}, labels: ofSeries = {} } = ALERT_CASES[alert] ?? {};
  const summary = annotations.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name) => ofSeries[name] ?? '');
  const firing = { exp_labels: { ...labels, ...ofSeries }, exp_annotations: { ...annotations, summary } };
  return {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      { alertname: alert, eval_time: QUIET_TIME, exp_alerts: [] },
      { alertname: alert, eval_time: FAULT_TIME, exp_alerts: [firing] },
    ],
  };
}

describe('the alert rules', () => {
  it('pass the checks of promtool, and each fires during its fault and not before', async ({ skip }) => {
    const promtool = await findDebianProgram('prometheus', 'promtool');
    if (!promtool) return skip('promtool comes from a package of Debian, and apt-get cannot download it here');
    const folder = mkdtempSync(join(tmpdir(), 'entra-graphql-alerts-'));
    const tests = join(folder, 'tests.json');
    writeFileSync(tests, JSON.stringify({ rule_files: [resolve(RULES)], tests: rules.map(testOf) }));
    const results = [
      ['check', RULES],
      ['test', tests],
    ].map(([command = '', file = '']) => spawnSync(promtool, [command, 'rules', file], { encoding: 'utf8' }));
    rmSync(folder, { recursive: true });
    for (const { status, stdout, stderr } of results) {
      const output = expect.stringMatching(/SUCCESS/);
      expect({ status, output: stdout + stderr }).toMatchObject({ status: 0, output });
    }
  });

  it('each have a case that makes them fire', () => {
    expect(rules.length).toBeGreaterThan(8);
    expect(Object.keys(ALERT_CASES).sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  it.each(rules.map(({ alert, ...rule }) => [alert, rule] as const))(
    '%s reads metrics that exist, and has a section of the runbooks',
    (alert, { expr, annotations }) => {
      expect(missingIn(expr)).toEqual([]);
      expect(annotations.runbook).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
      expect(runbooks).toMatch(new RegExp(`^## ${alert}$`, 'm'));
    },
  );
});

it('each section of the runbooks belongs to an alert', () => {
  const sections = [...runbooks.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

describe('the dashboard', () => {
  it.each(panels.map(({ title, targets }) => [title, targets] as const))(
    'reads metrics that exist: %s',
    (_title, targets) => {
      for (const { expr } of targets) {
        expect(namesIn(expr)).not.toEqual([]);
        expect(missingIn(expr)).toEqual([]);
      }
    },
  );

  it('shows every metric of the server', () => {
    const shown = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr))));
    const all = [...metrics.matchAll(/^# TYPE (entra_graphql_\w+) /gm)].map(([, name]) => name);
    expect(all.filter((name) => !shown.has(name ?? ''))).toEqual([]);
  });
});
