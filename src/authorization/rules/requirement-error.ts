/** One thing wrong with the rules of a schema. */
export interface RequirementProblem {
  /** Schema coordinate of the element, such as `Query.me` or `Query.reports(authorId:)`. */
  readonly coordinate: string;
  readonly message: string;
  /** `file:line` of the element or directive; undefined when the schema was built without locations. */
  readonly location: string | undefined;
}

/** The rules of a schema cannot be enforced as they are written. The server must not start; `message` has a line for each problem. */
export class RequirementError extends Error {
  override readonly name = 'RequirementError';
  constructor(readonly problems: readonly RequirementProblem[]) {
    super(problems.map(describe).join('\n'));
  }
}

function describe({ coordinate, message, location }: RequirementProblem): string {
  return location === undefined ? `${coordinate}: ${message}` : `${location} ${coordinate}: ${message}`;
}
