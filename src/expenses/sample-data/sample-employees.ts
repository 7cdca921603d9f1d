import type { DirectoryUser } from '../../emulator/emulator-options.js';
import { CONTOSO, FABRIKAM, findPersona, type PersonaName, personas } from './personas.js';
import { createRandom, type Random, uuidOf } from './random.js';

/** A row of `employees`. */
export interface SampleEmployee {
  readonly tenant_id: string;
  readonly id: string;
  readonly name: string;
  readonly department: string;
  readonly manager_id: string | null;
}

const FIRST_NAMES = [
  'Alva',
  'Bao',
  'Carla',
  'Deniz',
  'Elif',
  'Femi',
  'Gita',
  'Hana',
  'Ivo',
  'Jonas',
  'Kaya',
  'Lars',
] as const;
const LAST_NAMES = ['Aalto', 'Berger', 'Costa', 'Diallo', 'Eriksen', 'Fontaine', 'Gruber', 'Haddad', 'Ito'] as const;
const DEPARTMENTS = ['Sales', 'Engineering', 'Support', 'Marketing'] as const;
const TEAM_SIZE = 7;
const ID_WITHOUT_ACCOUNT = uuidOf(`employee ${CONTOSO} second payer`);

/** Employees of both tenants, managers before those who report to them. The personas are among them, gus is not. */
export function sampleEmployees(): SampleEmployee[] {
  return [...contoso(), ...fabrikam()];
}

/** The employees as users of Microsoft Graph, without the personas and without one whose account is deleted. */
export function sampleUsers(): DirectoryUser[] {
  const isElsewhere = (id: string) => id === ID_WITHOUT_ACCOUNT || personas.some(({ objectId }) => objectId === id);
  return sampleEmployees()
    .filter(({ id }) => !isElsewhere(id))
    .map(({ tenant_id, id, name, department, manager_id }) => ({
      name: `${name.toLowerCase().replace(' ', '.')}.${id.slice(0, 4)}`,
      tenantId: tenant_id,
      objectId: id,
      displayName: name,
      jobTitle: manager_id === null ? 'Director' : `${department} specialist`,
      officeLocation: `Oslo ${(DEPARTMENTS as readonly string[]).indexOf(department) + 2}.${id.slice(0, 2)}`,
    }));
}

function contoso(): SampleEmployee[] {
  const director = employee(CONTOSO, 'director', 'Dora Dahl', 'Management', null);
  const named = [
    persona('mia', 'Sales', director),
    persona('erin', 'Sales', { id: findPersona('mia').objectId }),
    persona('finn', 'Finance', director),
    persona('ada', 'Audit', director),
    employee(CONTOSO, 'second payer', 'Frida Falk', 'Finance', director),
  ];
  const team = staff(CONTOSO, 4, { id: findPersona('mia').objectId }, createRandom(11));
  return [director, ...named, ...team, ...staff(CONTOSO, 32, director, createRandom(12))];
}

function fabrikam(): SampleEmployee[] {
  const director = employee(FABRIKAM, 'director', 'Rolf Rossi', 'Management', null);
  const payer = employee(FABRIKAM, 'payer', 'Rita Rahman', 'Finance', director);
  return [director, payer, ...staff(FABRIKAM, 16, director, createRandom(21))];
}

/** Makes teams: a leader who reports to `top`, and employees who report to the leader. */
function staff(tenantId: string, count: number, top: Pick<SampleEmployee, 'id'>, random: Random): SampleEmployee[] {
  const made: SampleEmployee[] = [];
  for (let number = 0; number < count; number += 1) {
    const leader = number % TEAM_SIZE === 0 || count < TEAM_SIZE ? top : made[number - (number % TEAM_SIZE)];
    const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
    made.push(employee(tenantId, `${top.id} ${number}`, name, random.pick(DEPARTMENTS), leader ?? top));
  }
  return made;
}

function persona(name: PersonaName, department: string, manager: Pick<SampleEmployee, 'id'>): SampleEmployee {
  const { tenantId, objectId, displayName } = findPersona(name);
  return { tenant_id: tenantId, id: objectId, name: displayName, department, manager_id: manager.id };
}

function employee(
  tenantId: string,
  key: string,
  name: string,
  department: string,
  manager: Pick<SampleEmployee, 'id'> | null,
): SampleEmployee {
  const id = uuidOf(`employee ${tenantId} ${key}`);
  return { tenant_id: tenantId, id, name, department, manager_id: manager?.id ?? null };
}
