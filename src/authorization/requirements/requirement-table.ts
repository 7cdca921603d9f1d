import type { Clauses, StaticRequirement } from './requirement.js';

/**
 * Requirements compiled from the schema. They are plain data for the guard, the plan, the matrix and the views. Keys are
 * schema coordinates: `Type.field`, `Type.field(argument:)`, `Input.field`.
 */
export interface RequirementTable {
  /** By id. */
  readonly requirements: readonly StaticRequirement[];
  /** Every field of every object and interface type, introspection left out. */
  readonly fields: ReadonlyMap<string, FieldRequirement>;
  /** The protected arguments and input fields; one that is missing here needs nothing of its own. */
  readonly inputs: ReadonlyMap<string, ElementRequirement>;
  /** Every argument of a field and every input field, protected or not. */
  readonly inputNames: ReadonlySet<string>;
  /** The object types of each interface, sorted by name. */
  readonly implementers: ReadonlyMap<string, readonly string[]>;
  /**
   * Requirement that an object type contributes itself. An interface has those of its implementers. `_entities` asks for it.
   * The policies are asked of each object of the type wherever it appears.
   */
  readonly objects: ReadonlyMap<string, ElementRequirement>;
}

export interface ElementRequirement {
  readonly coordinate: string;
  /** Id of the static requirement. */
  readonly requirement: number;
  /** Clauses of kind `policy` that must all hold. They are decided when the operation runs. */
  readonly policies: Clauses;
}

/** Requirement of a field. It joins its parent type, the field itself and its named return type. */
export interface FieldRequirement extends ElementRequirement {
  /**
   * `interface`: the requirement of a selection on the interface. It joins the fields of all its implementers.
   *
   * `entities`: Federation's `_entities`. It also looks at the type of each object that it is asked for.
   */
  readonly on: 'object' | 'interface' | 'entities';
  /**
   * The part that is decided before the field is resolved: the static requirement, the policies on the field itself, and
   * those on its root type. Policies on other types are asked of their objects. On an interface the policies are those of
   * all implementers, and each is asked of the objects of its own implementer.
   */
  readonly beforehand: readonly ElementRequirement[];
  /** The return type is an object type with policies, or one of its types is. */
  readonly returnsJudged: boolean;
}

/** Returns the name of the type in a coordinate. */
export function typeOf({ coordinate }: Pick<ElementRequirement, 'coordinate'>): string {
  return coordinate.slice(0, coordinate.indexOf('.'));
}

/** Returns whether policies judge the call of a field or the objects around it, beside the token. */
export function dependsOnObjects({ policies, on, returnsJudged }: FieldRequirement): boolean {
  return policies.length > 0 || returnsJudged || on === 'entities';
}
