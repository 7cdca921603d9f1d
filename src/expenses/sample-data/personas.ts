import type { Persona } from '../../emulator/persona.js';

/** The tenant that all personas belong to. Fictional, like every id here. */
export const CONTOSO = 'c0170500-0000-4000-8000-000000000001';
/** Another tenant in the same database. A caller of Contoso that sees one of its rows has found a hole. */
export const FABRIKAM = 'fab21ca0-0000-4000-8000-000000000002';

const READ = ['Expenses.Read'];
/** Scope for the profiles of employees in Microsoft Graph. */
const PROFILES = 'Profiles.Read';
const READ_AND_WRITE = ['Expenses.ReadWrite'];

/** The people and applications that sign in during development, in tests and in the documentation. */
export const personas = [
  user('erin', 'Erin Engel', 1, {
    about: 'An employee. Files expense reports and sees only her own. Reports to Mia.',
    scopes: READ_AND_WRITE,
    jobTitle: 'Account executive',
    officeLocation: 'Oslo 3.12',
  }),
  user('mia', 'Mia Moreau', 2, {
    about: 'A manager. Approves or rejects the reports of her people, never her own. Sees their profiles.',
    scopes: [...READ_AND_WRITE, PROFILES],
    roles: ['Expenses.Approver'],
    jobTitle: 'Head of sales',
    officeLocation: 'Oslo 3.01',
  }),
  user('finn', 'Finn Fischer', 3, {
    about: 'Pays approved reports. Paying and bank accounts need a second sign-in, which gives c1.',
    scopes: READ_AND_WRITE,
    roles: ['Expenses.Finance'],
    authContexts: ['c1'],
    jobTitle: 'Accounts payable clerk',
    officeLocation: 'Oslo 1.07',
  }),
  user('ada', 'Ada Adeyemi', 4, {
    about: 'An auditor. Reads everything, risk scores and audit trails too, and changes nothing.',
    scopes: READ,
    roles: ['Expenses.Auditor'],
    jobTitle: 'Internal auditor',
  }),
  user('gus', 'Gus Garcia', 5, {
    about: 'A consultant whose home is another tenant. Signs in, and sees no report.',
    scopes: READ,
    isGuest: true,
  }),
  {
    name: 'export-job',
    kind: 'app-only',
    tenantId: CONTOSO,
    objectId: objectIdOf(6),
    displayName: 'Nightly export',
    about: 'A job without a user. Reads every report of the tenant.',
    scopes: [],
    roles: [],
    permissions: ['Expenses.Read.All'],
    authContexts: [],
    isGuest: false,
  },
] as const satisfies readonly Persona[];

export type PersonaName = (typeof personas)[number]['name'];

/**
 * The persona of this name.
 *
 * @throws TypeError when there is none
 */
export function findPersona(name: PersonaName): Persona {
  const persona = personas.find((candidate) => candidate.name === name);
  if (!persona) throw new TypeError(`No persona is called ${name}`);
  return persona;
}

function user<const Name extends string>(name: Name, displayName: string, number: number, rights: Partial<Persona>) {
  return {
    kind: 'delegated',
    tenantId: CONTOSO,
    objectId: objectIdOf(number),
    displayName,
    scopes: [],
    roles: [],
    permissions: [],
    authContexts: [],
    isGuest: false,
    ...rights,
    name,
  } as const;
}

function objectIdOf(number: number): string {
  return `0b1ec700-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
