import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { ElementRequirement, RequirementTable } from '../../requirements/requirement-table.js';

/**
 * Returns a function that lists what a representation needs by the token: the type that it names, then each field that it
 * uses. A caller who may not read a field must not ask either which object has a certain value in it.
 *
 * Policies are left out, because they judge the object that is found. The list is empty for a type that is not there.
 */
export function createReferenceNeeds(
  schema: GraphQLSchema,
  { objects, fields }: RequirementTable,
): (reference: unknown) => readonly ElementRequirement[] {
  function usedBy(value: unknown, type: GraphQLNamedType | undefined): readonly ElementRequirement[] {
    if (Array.isArray(value)) return value.flatMap((item) => usedBy(item, type));
    if (typeof value !== 'object' || value === null) return [];
    return concreteTypes(type).flatMap((concrete) =>
      Object.entries(value).flatMap(([name, inner]) => {
        const element = fields.get(`${concrete.name}.${name}`);
        if (!element) return [];
        return [element, ...usedBy(inner, getNamedType(concrete.getFields()[name]?.type))];
      }),
    );
  }

  /** Returns every concrete type because a caller may name any of them. */
  function concreteTypes(type: GraphQLNamedType | undefined) {
    if (isObjectType(type)) return [type];
    return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  }

  return (reference) => {
    const typeName = typeNameOf(reference);
    const element = objects.get(typeName);
    if (!element) return [];
    const used = usedBy(reference, schema.getType(typeName));
    return [element, ...used].map(({ coordinate, requirement }) => ({ coordinate, requirement, policies: [] }));
  };
}

/** Returns the name of the type that a representation names; empty without one. */
export function typeNameOf(representation: unknown): string {
  const name: unknown = Object.getOwnPropertyDescriptor(Object(representation), '__typename')?.value;
  return typeof name === 'string' ? name : '';
}
