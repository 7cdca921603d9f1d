import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { ElementRequirement, RequirementTable } from '../../requirements/requirement-table.js';

/**
 * Returns a function that lists the elements whose rules a representation needs: the type that it names, then each field that
 * it uses. A caller who may not read a field must not use it to find an object either.
 *
 * Policies are left out, because they judge the object that is found. The list is empty for an unknown type.
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

/** Returns the name of the type of a representation, or an empty text. */
export function typeNameOf(representation: unknown): string {
  const name: unknown = Object.getOwnPropertyDescriptor(Object(representation), '__typename')?.value;
  return typeof name === 'string' ? name : '';
}
