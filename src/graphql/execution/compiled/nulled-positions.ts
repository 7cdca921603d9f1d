import type { GraphQLError, ResponsePath } from 'graphql';

/**
 * The errors of one run. Once an error has made a position of the response null, later errors at or below it have no place
 * in the response. They are not reported (GraphQL specification, Handling Field Errors).
 */
export class NulledPositions {
  readonly errors: GraphQLError[] = [];
  readonly #positions = new Set<ResponsePath | undefined>();

  /** @param path position that becomes null. Undefined is the whole of `data` */
  add(error: GraphQLError, path: ResponsePath | undefined): void {
    if (this.#isNulled(path)) return;
    this.#positions.add(path);
    this.errors.push(error);
  }

  /** Adds the error of a denied field, which is not executed further. There is one for each denied value. */
  addBelow(path: ResponsePath | undefined, error: GraphQLError): void {
    if (!this.#isNulled(path)) this.errors.push(error);
  }

  #isNulled(start: ResponsePath | undefined): boolean {
    if (this.#positions.size === 0) return false;
    for (let path = start; path; path = path.prev) if (this.#positions.has(path)) return true;
    return this.#positions.has(undefined);
  }
}
