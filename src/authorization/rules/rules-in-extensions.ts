import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type ConstObjectFieldNode,
  type ConstValueNode,
  Kind,
} from 'graphql';

/** The directives of an element's `extensions`, or the reason why they cannot be read. */
export type ExtensionDirectives = { readonly directives: readonly ConstDirectiveNode[] } | { readonly problem: string };

/**
 * Reads the directives that code-first tools (Pothos, Nexus, graphql-js by hand) put into `extensions.directives`. Both
 * published forms are understood: `{name: args}`, where `args` may be a list with one entry for each use, and
 * `[{name, args}]`. An argument's value is what the directive would have in the schema's text.
 *
 * @param isRule whether a name is one of the directives of this room. The arguments of others are left out.
 */
export function readExtensions(extensions: unknown, isRule: (name: string) => boolean): ExtensionDirectives {
  const given: unknown = Object(extensions).directives;
  if (given === undefined || given === null) return { directives: [] };
  if (!Array.isArray(given) && !isPlainObject(given)) return { problem: UNREADABLE };
  const uses = Array.isArray(given) ? given.map(readEntry) : readRecord(Object(given));
  // A directive whose meaning is not clear stops the start: guessing could leave a field open.
  const unclear = uses.find(({ name, args, isWhole }) => {
    return typeof name !== 'string' || (isRule(name) && !(isWhole && isPlainObject(args)));
  });
  if (unclear) {
    const which = typeof unclear.name === 'string' ? ` for "${unclear.name}"` : '';
    return { problem: `extensions.directives is unclear${which}: ${FORMS}` };
  }
  return { directives: uses.map(({ name, args }) => toDirective(String(name), isRule(String(name)) ? args : {})) };
}

const FORMS = 'write {name: {argument: value}} or [{name, args}]';
const UNREADABLE = `extensions.directives is neither a plain object nor a list, so its rules cannot be read: ${FORMS}`;

/** A use of a directive, as it is given. The name is undefined if it is missing. */
interface Use {
  readonly name: unknown;
  readonly args: unknown;
  /** Whether the entry has no other members. They would be ignored. */
  readonly isWhole: boolean;
}

function readEntry(entry: unknown): Use {
  const { name, args = {}, ...others }: { readonly name?: unknown; readonly args?: unknown } = Object(entry);
  return { name, args, isWhole: Object.keys(others).length === 0 };
}

function readRecord(directives: object): readonly Use[] {
  return Object.entries(directives).flatMap(([name, given]: [string, unknown]) => {
    // An empty list could mean "used without arguments" or "not used". It is kept because it is unclear.
    const uses: readonly unknown[] = Array.isArray(given) && given.length > 0 ? given : [given];
    // `true` is how tools write a directive without arguments.
    return uses.map((args) => ({ name, args: args === true ? {} : args, isWhole: true }));
  });
}

/**
 * Returns whether an object consists of its own visible members alone. A Map, an instance of a class and an object with
 * hidden members do not.
 */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return isBarePrototype(Object.getPrototypeOf(value)) && Reflect.ownKeys(value).length === Object.keys(value).length;
}

/** Returns whether a prototype is null or `Object.prototype`. Each realm has an `Object.prototype` of its own. */
function isBarePrototype(prototype: object | null): boolean {
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

function toDirective(name: string, args: unknown): ConstDirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name },
    arguments: Object.entries(Object(args)).map(([key, value]): ConstArgumentNode => {
      return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: key }, value: toValue(value) };
    }),
  };
}

/** Rules have texts and lists of texts, and links have objects. Every other value becomes null, which no rule accepts. */
function toValue(value: unknown): ConstValueNode {
  if (Array.isArray(value)) return { kind: Kind.LIST, values: value.map(toValue) };
  if (isPlainObject(value)) {
    const fields = Object.entries(value).map(([key, inner]): ConstObjectFieldNode => {
      return { kind: Kind.OBJECT_FIELD, name: { kind: Kind.NAME, value: key }, value: toValue(inner) };
    });
    return { kind: Kind.OBJECT, fields };
  }
  return typeof value === 'string' ? { kind: Kind.STRING, value } : { kind: Kind.NULL };
}
