import type { AuditAction, ExpenseCategory, ExpenseReportStatus } from '../../generated/schema-types.js';
import { createRandom, type Random, uuidOf } from './random.js';
import type { SampleEmployee } from './sample-employees.js';

/** Rows of `expense_reports`, `expense_items` and `audit_entries`. Times are ISO 8601 or null. */
export interface SampleReports {
  readonly reports: Readonly<Record<string, string | number | null>>[];
  readonly items: Readonly<Record<string, string | number>>[];
  readonly audit: Readonly<Record<string, string>>[];
}

const REPORTS_PER_EMPLOYEE = 36;
const FIRST_DAY_MS = Date.UTC(2025, 0, 6);
const DAYS = 320;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const STATUSES = chances<ExpenseReportStatus>({ DRAFT: 3, SUBMITTED: 4, APPROVED: 3, REJECTED: 2, PAID: 8 });
/** The value of one euro in minor units of currencies with two decimals, without decimals (JPY) and with three (KWD). */
const CURRENCIES = { EUR: 100, USD: 110, GBP: 85, JPY: 160, KWD: 340 } as const;
const CURRENCY_CHANCES = chances<keyof typeof CURRENCIES>({ EUR: 10, USD: 4, GBP: 3, JPY: 2, KWD: 1 });

const PURPOSES = ['Customer visit', 'Trade fair', 'Training', 'Team meeting', 'Interview', 'Site inspection'] as const;
const CITIES = [
  'Lisbon',
  'Oslo',
  'Kyoto',
  'Lyon',
  'Leeds',
  'Graz',
  'Kuwait City',
  'Turin',
  'Gdansk',
  'Austin',
] as const;
const REASONS = [
  'The receipt is missing.',
  'This is not a business expense.',
  'Please use the travel portal.',
] as const;

/** Goods and services with their prices in euros. */
const GOODS: readonly [Good, ...Good[]] = [
  { description: 'Train ticket', category: 'TRAVEL', from: 20, to: 180 },
  { description: 'Flight', category: 'TRAVEL', from: 90, to: 900 },
  { description: 'Taxi', category: 'TRAVEL', from: 8, to: 60 },
  { description: 'Hotel', category: 'LODGING', from: 70, to: 320 },
  { description: 'Dinner with customer', category: 'MEALS', from: 30, to: 240 },
  { description: 'Lunch', category: 'MEALS', from: 9, to: 35 },
  { description: 'Keyboard', category: 'EQUIPMENT', from: 25, to: 160 },
  { description: 'Course fee', category: 'TRAINING', from: 150, to: 1_200 },
  { description: 'Visa fee', category: 'OTHER', from: 30, to: 120 },
];

interface Good {
  readonly description: string;
  readonly category: ExpenseCategory;
  readonly from: number;
  readonly to: number;
}

/** Reports of all these employees in every state, decided by their managers and paid by Finance. The same every time. */
export function sampleReports(employees: readonly SampleEmployee[]): SampleReports {
  const random = createRandom(42);
  const all: SampleReports = { reports: [], items: [], audit: [] };
  for (const author of employees) {
    const payer = employees.find(
      ({ tenant_id, department, id }) => tenant_id === author.tenant_id && department === 'Finance' && id !== author.id,
    );
    for (let number = 0; number < REPORTS_PER_EMPLOYEE; number += 1) {
      addReport(all, { author, payerId: payer?.id ?? author.id, id: uuidOf(`report ${author.id} ${number}`) }, random);
    }
  }
  return all;
}

interface ReportSubject {
  readonly id: string;
  readonly author: SampleEmployee;
  readonly payerId: string;
}

function addReport({ reports, items, audit }: SampleReports, subject: ReportSubject, random: Random): void {
  const { id, author } = subject;
  const currency = random.pick(CURRENCY_CHANCES);
  const created = FIRST_DAY_MS + random.between(0, DAYS - 1) * DAY_MS + random.between(7 * HOUR_MS, 19 * HOUR_MS);
  const bought = makeItems(subject, { currency, created }, random);
  const life = makeLife(subject, created, random);
  const times = new Map(life.map(({ action, at }) => [action, at]));
  const status = statusAfter(times);
  const isDecided = status === 'APPROVED' || status === 'REJECTED' || status === 'PAID';

  items.push(...bought);
  audit.push(
    ...life.map(({ action, at, actorId }) => ({
      tenant_id: author.tenant_id,
      report_id: id,
      id: uuidOf(`audit ${id} ${action}`),
      at,
      action,
      actor_id: actorId,
    })),
  );
  reports.push({
    tenant_id: author.tenant_id,
    id,
    author_id: author.id,
    title: `${random.pick(PURPOSES)}, ${random.pick(CITIES)}`,
    status,
    currency,
    total_minor_units: bought.reduce((sum, { minor_units }) => sum + minor_units, 0),
    created_at: new Date(created).toISOString(),
    submitted_at: times.get('SUBMITTED') ?? null,
    decided_at: times.get('APPROVED') ?? times.get('REJECTED') ?? null,
    decided_by: isDecided ? author.manager_id : null,
    rejection_reason: status === 'REJECTED' ? random.pick(REASONS) : null,
    paid_at: times.get('PAID') ?? null,
    deleted_at: times.get('DELETED') ?? null,
  });
}

function makeItems(
  { id, author }: ReportSubject,
  { currency, created }: { readonly currency: keyof typeof CURRENCIES; readonly created: number },
  random: Random,
) {
  return Array.from({ length: random.between(1, 5) }, (_, index) => {
    const { description, category, from, to } = random.pick(GOODS);
    const euros = random.chance(0.2) ? random.between(from, to) : random.between(from * 100, to * 100) / 100;
    return {
      tenant_id: author.tenant_id,
      report_id: id,
      position: index + 1,
      id: uuidOf(`item ${id} ${index}`),
      description,
      category,
      spent_on: new Date(created - random.between(0, 75) * DAY_MS).toISOString().slice(0, 10),
      minor_units: Math.round(euros * CURRENCIES[currency]),
    };
  });
}

interface LifeEvent {
  readonly action: AuditAction;
  readonly at: string;
  readonly actorId: string;
}

/** Returns the history of a report, oldest entry first. A report of an employee without a manager stays undecided. */
function makeLife({ author, payerId }: ReportSubject, created: number, random: Random): LifeEvent[] {
  const goal = random.pick(STATUSES);
  const events: LifeEvent[] = [];
  let at = created;
  const add = (action: AuditAction, actorId: string) => {
    events.push({ action, at: new Date(at).toISOString(), actorId });
    at += random.between(HOUR_MS, 4 * DAY_MS);
  };
  add('CREATED', author.id);
  if (random.chance(0.2)) add('EDITED', author.id);
  if (goal !== 'DRAFT') add('SUBMITTED', author.id);
  if (author.manager_id && goal === 'REJECTED') add('REJECTED', author.manager_id);
  if (author.manager_id && (goal === 'APPROVED' || goal === 'PAID')) add('APPROVED', author.manager_id);
  if (author.manager_id && goal === 'PAID') add('PAID', payerId);
  if (random.chance(0.04)) add('DELETED', author.id);
  return events;
}

function statusAfter(times: ReadonlyMap<AuditAction, string>): ExpenseReportStatus {
  if (times.has('PAID')) return 'PAID';
  if (times.has('APPROVED')) return 'APPROVED';
  if (times.has('REJECTED')) return 'REJECTED';
  return times.has('SUBMITTED') ? 'SUBMITTED' : 'DRAFT';
}

/** A list with each choice as often as its weight says. */
function chances<T extends string>(weights: Readonly<Record<T, number>>): readonly [T, ...T[]] {
  const all = Object.entries<number>(weights).flatMap(([choice, weight]) => Array<T>(weight).fill(choice as T));
  const [first, ...rest] = all;
  if (first === undefined) throw new TypeError('Nothing to choose from');
  return [first, ...rest];
}
