import { expect, it } from 'vitest';
import type { Person } from '../../../src/api/define-development.js';
import { missingHolders } from '../../../src/cli/project/field-rule.js';

it('people of permissions that end alike have names of their own', () => {
  const people: Person[] = [];
  for (const role of ['Invoices.Auditor', 'Orders.Auditor', 'Notes.Auditor', 'Trips.Auditor']) {
    people.push(...missingHolders(people, { role }));
  }
  expect(people.map(({ name }) => name)).toEqual(['auditor', 'auditor-2', 'auditor-3', 'auditor-4']);
});
