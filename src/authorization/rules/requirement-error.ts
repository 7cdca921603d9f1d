import { type ASTNode, getLocation } from 'graphql';

export interface RequirementProblem {
  /** Schema coordinate of the element, such as `Query.me` or `Query.reports(authorId:)`. */
  readonly coordinate: string;
  readonly message: string;
  /** `file:line` of the element or directive; undefined when the schema was built without locations. */
  readonly location: string | undefined;
}

/**
 * The rules of a schema cannot be enforced as they are written. The server must not start; `message` has a line for each
 * problem.
 */
export class RequirementError extends Error {
  override readonly name = 'RequirementError';
  constructor(readonly problems: readonly RequirementProblem[]) {
    super(problems.map(describeProblem).join('\n'));
  }
}

/** Returns the line of a problem with its place, its coordinate and the message. */
export function describeProblem({ coordinate, message, location }: RequirementProblem): string {
  return location === undefined ? `${coordinate}: ${message}` : `${location} ${coordinate}: ${message}`;
}

/** Returns `file:line` of a node. Undefined when it was parsed without locations or made in code. */
export function locationOf(node: ASTNode | null | undefined): string | undefined {
  if (!node?.loc) return undefined;
  return `${node.loc.source.name}:${getLocation(node.loc.source, node.loc.start).line}`;
}

/** Creates the problem of one directive written more than once on an element, with every place. */
export function doubledRule(coordinate: string, nodes: readonly ASTNode[], directive: string): RequirementProblem {
  const places = nodes.map((node) => locationOf(node) ?? 'a place without a location');
  const where = places.map((place) => `at ${place}`).join(' and ');
  const message = `@${directive} is written twice for this element, ${where}: rules are never merged, so write it once`;
  return { coordinate, message, location: nodes.map(locationOf).find((place) => place !== undefined) };
}
