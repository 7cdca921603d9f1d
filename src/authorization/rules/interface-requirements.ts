import { type GraphQLInterfaceType, type GraphQLSchema, isInterfaceType } from 'graphql';
import {
  allTogether,
  keyOfClauses,
  PUBLIC_REQUIREMENT,
  type RequirementInterner,
  reduceClauses,
} from '../requirements/requirement.js';
import type { ElementRequirement, FieldRequirement } from '../requirements/requirement-table.js';

/** The part of a table that interfaces are computed from and added to. */
export interface InterfaceCompilation {
  readonly schema: GraphQLSchema;
  readonly interner: RequirementInterner;
  readonly fields: Map<string, FieldRequirement>;
  readonly inputs: Map<string, ElementRequirement>;
  readonly inputNames: Set<string>;
  readonly objects: Map<string, ElementRequirement>;
}

/**
 * Adds the requirements of a selection *on* an interface, which are those of every implementer. Otherwise `null` or an error
 * would reveal the type of an object that the caller may not see (Apollo Federation computes it so too).
 */
export function addInterfaceRequirements(compilation: InterfaceCompilation): void {
  const known = new Map<string, Pick<ElementRequirement, 'requirement' | 'policies'>>();
  const everyOf = (coordinate: string, elements: readonly ElementRequirement[]): ElementRequirement => {
    const key = JSON.stringify([...new Set(elements.map(keyOfElement))].sort());
    const together = known.get(key) ?? joinElements(compilation.interner, elements);
    known.set(key, together);
    return { coordinate, ...together };
  };
  for (const type of Object.values(compilation.schema.getTypeMap()).filter(isInterfaceType)) {
    addInterface(compilation, type, everyOf);
  }
}

function addInterface(
  { schema, fields, inputs, inputNames, objects }: InterfaceCompilation,
  type: GraphQLInterfaceType,
  everyOf: (coordinate: string, elements: readonly ElementRequirement[]) => ElementRequirement,
): void {
  const implementers = schema.getPossibleTypes(type).map(({ name }) => name);
  const ofImplementers = <T>(table: ReadonlyMap<string, T>, member: string): readonly T[] =>
    implementers.flatMap((name) => table.get(name + member) ?? []);
  objects.set(type.name, everyOf(type.name, ofImplementers(objects, '')));
  for (const field of Object.values(type.getFields())) {
    const coordinate = `${type.name}.${field.name}`;
    const ofTypes = ofImplementers(fields, `.${field.name}`);
    const returnsJudged = ofTypes.some((one) => one.returnsJudged);
    const together = everyOf(coordinate, ofTypes);
    const beforehand = [
      everyOf(
        coordinate,
        ofTypes.flatMap((one) => one.beforehand),
      ),
    ];
    fields.set(coordinate, { ...together, on: 'interface', beforehand, returnsJudged });
    for (const { name } of field.args) {
      const protectedOnes = ofImplementers(inputs, `.${field.name}(${name}:)`);
      const argument = `${coordinate}(${name}:)`;
      inputNames.add(argument);
      if (protectedOnes.length > 0) inputs.set(argument, everyOf(argument, protectedOnes));
    }
  }
}

/**
 * Joins the requirements of the implementers. Without an implementer nothing is ever returned. An element without a rule
 * needs a verified caller.
 */
function joinElements(
  interner: RequirementInterner,
  elements: readonly ElementRequirement[],
): Pick<ElementRequirement, 'requirement' | 'policies'> {
  const isPublic = elements.length > 0 && elements.every(({ requirement }) => requirement === PUBLIC_REQUIREMENT);
  const ids = [...new Set(elements.map(({ requirement }) => requirement))];
  const requirements = ids.flatMap((id) => interner.requirements.slice(id, id + 1));
  const halves = allTogether(requirements);
  const policies = reduceClauses(elements.flatMap((element) => element.policies));
  return { requirement: isPublic ? PUBLIC_REQUIREMENT : interner.intern(halves), policies };
}

function keyOfElement({ requirement, policies }: ElementRequirement): string {
  return `${requirement} ${keyOfClauses(policies)}`;
}
