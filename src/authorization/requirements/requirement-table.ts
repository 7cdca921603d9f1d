import type { Clauses, StaticRequirement } from './requirement.js';

/**
 * Who may use what, compiled from the schema: plain data, read by the guard, the plan, the matrix and the views.
 * Keys are schema coordinates: `Type.field`, `Type.field(argument:)`, `Input.field`.
 */
export interface RequirementTable {
  /** By id. */
  readonly requirements: readonly StaticRequirement[];
  /** Every field of every object and interface type, introspection left out. */
  readonly fields: ReadonlyMap<string, FieldRequirement>;
  /** The protected arguments and input fields; one that is missing here needs nothing of its own. */
  readonly inputs: ReadonlyMap<string, ElementRequirement>;
  /** Every argument of an object type's field and every input field, protected or not. */
  readonly inputNames: ReadonlySet<string>;
  /** The object types of each interface, sorted by name. */
  readonly implementers: ReadonlyMap<string, readonly string[]>;
  /**
   * What an object type contributes itself, an interface those of its implementers: asked for by `_entities`. Its policies
   * are asked of each object of the type, wherever it appears.
   */
  readonly objects: ReadonlyMap<string, ElementRequirement>;
}

/** What a schema element needs. */
export interface ElementRequirement {
  readonly coordinate: string;
  /** Id of the static requirement. */
  readonly requirement: number;
  /** Clauses of kind `policy`, all of which must hold; decided when the operation runs. */
  readonly policies: Clauses;
}

/** What a field needs: its parent type, the field itself and its named return type together. */
export interface FieldRequirement extends ElementRequirement {
  /**
   * `interface`: what a selection on the interface needs, that is all its implementers' fields together.
   * `entities`: Federation's `_entities`, which besides looks at the type of each object that it is asked for.
   */
  readonly on: 'object' | 'interface' | 'entities';
  /**
   * The part that is asked before the field is resolved: the static requirement with the policies on the field itself, and
   * those on its root type. Policies on other types are asked of their objects. On an interface the policies are those of
   * all implementers, and each is asked of the objects of its own implementer.
   */
  readonly beforehand: readonly ElementRequirement[];
  /** The return type is an object type with policies, or one of its types is. */
  readonly returnsJudged: boolean;
}

/** Whether the token alone cannot tell who may use a field: policies judge its call, or the objects around it. */
export function dependsOnObjects({ policies, on, returnsJudged }: FieldRequirement): boolean {
  return policies.length > 0 || returnsJudged || on === 'entities';
}
