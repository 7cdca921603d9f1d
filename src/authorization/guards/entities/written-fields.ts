import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isInterfaceType, isObjectType } from 'graphql';
import { isObject } from '../../../values/is-object.js';
import { type EntityKeys, readEntityKeys } from './entity-references.js';

/** Remembers which fields of an object have only values that a caller wrote into a representation of `_entities`. */
export interface WrittenFields {
  /** Notes the object that was found for a representation, and the objects that both have in the same place. */
  note(found: unknown, reference: unknown, typeName: string): void;
  /**
   * Returns the object without the fields that a caller wrote. Policies judge this object, so that a caller cannot choose
   * the values that they see.
   */
  hide(object: unknown): unknown;
}

/**
 * A `__resolveReference` may spread its reference into what it finds, or look nothing up at all. So a policy does not see
 * what a router sends: `@external` fields and objects inside a key. It sees a key of one field, because that names the
 * object. It sees the fields of a longer key if the resolver found more than the reference has.
 */
export function createWrittenFields(schema: GraphQLSchema): WrittenFields {
  const keysByType = readEntityKeys(schema);
  const hidden = new WeakMap<object, ReadonlySet<string>>();

  function note(found: unknown, reference: unknown, type: GraphQLNamedType | undefined): void {
    if (!isObject(found) || !isObject(reference)) return;
    const names = Object.keys(reference).filter((name) => isSame(ownValue(found, name), ownValue(reference, name)));
    const trusted = trustedNames(keysByType.get(type?.name ?? ''), isFoundElsewhere(found, reference));
    hidden.set(found, new Set(names.filter((name) => !trusted.has(name))));
    for (const name of names) {
      const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
      const inside = getNamedType(fields[name]?.type);
      const items = itemsOf(ownValue(reference, name));
      for (const [at, item] of itemsOf(ownValue(found, name)).entries()) note(item, items[at], inside);
    }
  }

  return {
    note: (found, reference, typeName) => note(found, reference, schema.getType(typeName)),
    hide(object) {
      const names = isObject(object) ? hidden.get(object) : undefined;
      return isObject(object) && names?.size ? without(object, names) : object;
    },
  };
}

function trustedNames(keys: EntityKeys = [], hasMore: boolean): ReadonlySet<string> {
  const trusted = hasMore ? keys : keys.filter(({ size }) => size === 1);
  const names = trusted.flatMap((key) => [...key].flatMap(([name, inside]) => (inside ? [] : [name])));
  return new Set(['__typename', ...names]);
}

/** Returns whether an object has more fields than its reference or is of a class. A resolver has looked it up then. */
function isFoundElsewhere(found: object, reference: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(found);
  if (prototype !== Object.prototype && prototype !== null) return true;
  return Object.keys(found).some((name) => name !== '__typename' && !Object.hasOwn(reference, name));
}

function without(object: object, names: ReadonlySet<string>): object {
  const isHidden = (name: string | symbol) => typeof name === 'string' && names.has(name);
  return new Proxy(object, {
    get: (target, name) => (isHidden(name) ? undefined : Reflect.get(target, name)),
    has: (target, name) => !isHidden(name) && Reflect.has(target, name),
    ownKeys: (target) => Reflect.ownKeys(target).filter((name) => !isHidden(name)),
    getOwnPropertyDescriptor: (target, name) =>
      isHidden(name) ? undefined : Reflect.getOwnPropertyDescriptor(target, name),
  });
}

function ownValue(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSame(ownValue(a, name), ownValue(b, name)));
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.flatMap(itemsOf) : [value];
}
