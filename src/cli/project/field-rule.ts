import { type ConstDirectiveNode, type ConstValueNode, Kind, print } from 'graphql';
import type { Person } from '../../api/define-development.js';
import { readAlternatives } from '../../authorization/rules/rule-names.js';
import { CommandError } from '../command-failure.js';

/** Options of `entra-graphql add field` that say who may use the field. At least one is given. */
export interface RuleOptions {
  /** Scope of the users' client application. */
  readonly scope?: string | undefined;
  /** App role of the users. */
  readonly role?: string | undefined;
  /** Application permission: an app role of applications without a user. */
  readonly appRole?: string | undefined;
}

/** Directive and argument by option, in the order in which the schema has them. */
const DIRECTIVES = [
  ['scope', '--scope', 'requiresScopes', 'scopes'],
  ['role', '--role', 'requiresRoles', 'roles'],
  ['appRole', '--app-role', 'allowsApps', 'permissions'],
] as const;

const MOST = 120;

/**
 * Returns the directives for the schema.
 *
 * @throws CommandError when the rule is missing, or has a name that no token could have
 */
export function directivesOf(options: RuleOptions): string {
  const directives = DIRECTIVES.flatMap(([option, flag, directive, argument]) => {
    const name = options[option];
    if (name === undefined) return [];
    const node = toDirective(directive, argument, name);
    const read =
      name.length > MOST ? { problem: `has more than ${MOST} characters` } : readAlternatives(node, argument);
    if ('problem' in read) throw new CommandError(`${flag} ${read.problem}.`);
    return [print(node)];
  });
  if (directives.length > 0) return directives.join(' ');
  throw new CommandError(
    'Say who may use the field: add --role, --scope or --app-role, as in --role Invoices.Auditor.',
  );
}

function toDirective(directive: string, argument: string, name: string): ConstDirectiveNode {
  const value: ConstValueNode = { kind: Kind.STRING, value: name };
  const anyOf: ConstValueNode = { kind: Kind.LIST, values: [{ kind: Kind.LIST, values: [value] }] };
  const named = (text: string) => ({ kind: Kind.NAME, value: text }) as const;
  return {
    kind: Kind.DIRECTIVE,
    name: named(directive),
    arguments: [{ kind: Kind.ARGUMENT, name: named(argument), value: anyOf }],
  };
}

/** Says who may use the field, in two sentences. */
export function describeNewRule({ scope, role, appRole }: RuleOptions, coordinate: string): string {
  const needed = [scope && `the scope ${scope}`, role && `the role ${role}`].filter(Boolean).join(' and ');
  const users = needed
    ? `${coordinate} needs ${needed}.`
    : `For ${coordinate}, users need nothing that its type does not ask for.`;
  const applications = appRole
    ? `Applications need the permission ${appRole}.`
    : 'It is closed to applications (--app-role opens it to them).';
  return `${users} ${applications}`;
}

/**
 * Returns the people to add to those of development, so that a developer can try the field as a user and as an application.
 */
export function missingHolders(people: readonly Person[], { scope, role, appRole }: RuleOptions): readonly Person[] {
  const users = people.filter(({ kind = 'user' }) => kind === 'user');
  const applications = people.filter(({ kind }) => kind === 'application');
  const hasUser = users.some(
    ({ scopes = [], roles = [] }) => (!scope || scopes.includes(scope)) && (!role || roles.includes(role)),
  );
  const hasApplication = !appRole || applications.some(({ permissions = [] }) => permissions.includes(appRole));
  const readScopes = users.find((person) => person.scopes)?.scopes ?? [];
  const user: Person = {
    name: freeName(people, role ?? scope ?? ''),
    about: `Has ${[scope && `the scope ${scope}`, role && `the role ${role}`].filter(Boolean).join(' and ')}.`,
    scopes: [...new Set([...readScopes, ...(scope ? [scope] : [])])],
    ...(role && { roles: [role] }),
  };
  const application: Person = {
    name: freeName(people, `${appRole}-job`),
    kind: 'application',
    about: `A job without a user. Has the permission ${appRole}.`,
    permissions: [...(applications[0]?.permissions ?? []), ...(appRole ? [appRole] : [])],
  };
  return [...(hasUser ? [] : [user]), ...(hasApplication ? [] : [application])];
}

/** Names somebody after the last part of a permission. */
function freeName(people: readonly Person[], permission: string): string {
  const last = permission.split('.').at(-1) ?? permission;
  const wanted = last.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  const taken = new Set(people.map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  return name;
}
