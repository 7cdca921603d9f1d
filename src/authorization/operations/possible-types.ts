import { type GraphQLCompositeType, type GraphQLSchema, getNamedType, isCompositeType, isObjectType } from 'graphql';

/** Tells which object types can occur at a place of an operation, by their names. */
export interface PossibleTypes {
  /** Returns the types of a return type or type condition. */
  of(type: GraphQLCompositeType): ReadonlySet<string>;
  /** Returns those of `around` that a type condition lets through. */
  within(type: GraphQLCompositeType, around: ReadonlySet<string>): ReadonlySet<string>;
  /** Returns the types that a field can return, which may be fewer on the parents than the `declared` type has. */
  ofField(declared: GraphQLCompositeType, fieldName: string, parents: ReadonlySet<string>): ReadonlySet<string>;
}

/** Creates the look-up for one plan. Sets have the order of the schema, so that equal ones read the same. */
export function createPossibleTypes(schema: GraphQLSchema): PossibleTypes {
  const sets = new Map<GraphQLCompositeType, ReadonlySet<string>>();
  const of = (type: GraphQLCompositeType): ReadonlySet<string> => {
    const known = sets.get(type);
    if (known) return known;
    const names = isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name);
    const set = new Set(names.sort());
    sets.set(type, set);
    return set;
  };
  const returnedBy = (parents: ReadonlySet<string>, fieldName: string): readonly string[] =>
    [...parents]
      .map((parent) => schema.getType(parent))
      .filter(isObjectType)
      .map((type) => getNamedType(type.getFields()[fieldName]?.type))
      .filter(isCompositeType)
      .flatMap((type) => [...of(type)]);
  return {
    of,
    within(type, around) {
      const allowed = of(type);
      const kept = [...around].filter((name) => allowed.has(name));
      return kept.length === around.size ? around : new Set(kept);
    },
    ofField(declared, fieldName, parents) {
      if (isObjectType(declared)) return of(declared);
      const returned = new Set(returnedBy(parents, fieldName));
      const all = of(declared);
      return returned.size === all.size ? all : new Set([...returned].sort());
    },
  };
}
