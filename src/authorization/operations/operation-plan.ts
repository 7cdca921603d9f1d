import type { FieldNode, FragmentDefinitionNode, OperationTypeNode } from 'graphql';
import type { ProtectedArgument } from '../requirements/protected-inputs.js';
import type { FieldRequirement } from '../requirements/requirement-table.js';
import type { Condition } from './selection-conditions.js';

/** Coordinates that an operation touches, with their conditions. The plan is the same for every caller and all variables. */
export interface OperationPlan {
  readonly operation: OperationTypeNode;
  readonly root: Section;
  /** The distinct static requirements of every section, for all variables. */
  readonly requirements: ReadonlySet<number>;
  /** The token alone cannot decide, because there are policies, protected arguments or objects fetched by type name. */
  readonly needsMoreThanToken: boolean;
  /** Variables decide what is selected, by `@skip` or `@include`. */
  readonly hasConditions: boolean;
  /** False when the document has elements that its schema does not know. It was not validated, so nothing may be left out. */
  readonly isComplete: boolean;
  /** Requirements of selections on interfaces beyond those of the concrete type's field. */
  readonly interfaceSelections: ReadonlyMap<FieldNode, readonly InterfaceUse[]>;
  /** The fragments the plan was made with, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode | undefined>;
}

/** Selections that belong together up to the next variable condition or fragment. Each fragment is walked once. */
export interface Section {
  readonly uses: FieldUse[];
  readonly edges: SectionEdge[];
  /** The edges that lead here. */
  readonly arrivals: SectionEdge[];
}

/** A field that an operation selects. */
export interface FieldUse {
  readonly requirement: FieldRequirement;
  readonly node: FieldNode;
  /** Names of the object types that can occur where the field is selected. */
  readonly possibleTypes: ReadonlySet<string>;
  /** Path from the start of the section. */
  readonly path: PathLink;
  /** Selected on the operation's root type, directly or through fragments. */
  readonly isRoot: boolean;
  readonly protectedArguments: readonly ProtectedArgument[];
}

/** A field selected on an interface, and the section that selects it. */
export interface InterfaceUse {
  readonly use: FieldUse;
  readonly section: Section;
}

/** A way from one section into another, taken when all conditions hold. */
export interface SectionEdge {
  readonly conditions: readonly Condition[];
  readonly from: Section;
  readonly at: PathLink | undefined;
  readonly section: Section;
}

/** Response keys, innermost first. */
export interface PathLink {
  readonly key: string;
  readonly before: PathLink | undefined;
}

export type FragmentLookup = (name: string) => FragmentDefinitionNode | undefined;
