import type { AuthenticationOptions, FurtherAuthority } from './authentication-options.js';

/** Name of the authority that the options themselves describe. */
export const DEFAULT_AUTHORITY = 'default';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Options of an authority. All others are those of the whole API. */
const AUTHORITY_OPTIONS = [
  'name',
  'tenantId',
  'clientId',
  'audiences',
  'instance',
  'allowedTenants',
  'isTenantAllowed',
  'allowedClients',
  'acceptV1Tokens',
  'clientsWithoutPermissions',
  'requiredClaims',
  'groupRoles',
  'lookUpGroups',
  'appSpecificSigningKeys',
] as const satisfies readonly (keyof FurtherAuthority)[];

export interface NamedOptions {
  readonly name: string;
  readonly options: AuthenticationOptions;
}

/**
 * Returns the options of each authority: those of the API, overridden by those of the authority. What an authority leaves
 * out has its usual default, and never the value of another authority.
 *
 * @throws TypeError when a name is missing, malformed or there twice, or an authority has an option of the whole API
 */
export function optionsOfAuthorities({
  authorities = [],
  ...options
}: AuthenticationOptions): readonly [NamedOptions, ...NamedOptions[]] {
  const common = Object.fromEntries(
    Object.entries(options).filter(([name]) => !AUTHORITY_OPTIONS.some((known) => known === name)),
  );
  const further = authorities.map((authority, at) => {
    const foreign = Object.keys(authority).find((name) => !AUTHORITY_OPTIONS.some((known) => known === name));
    if (foreign !== undefined) throw new TypeError(`authorities[${at}]: ${foreign} is not an option of one authority`);
    const { name, ...own } = authority;
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw new TypeError(`authorities[${at}].name must be 1 to 40 of a-z, 0-9 and "-", and begin with a letter`);
    }
    return { name, options: { ...common, ...own } };
  });
  const names = [DEFAULT_AUTHORITY, ...further.map(({ name }) => name)];
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new TypeError(`authorities: the name "${twice}" is there twice`);
  return [{ name: DEFAULT_AUTHORITY, options }, ...further];
}
