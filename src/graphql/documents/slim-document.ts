import { type ASTNode, type DocumentNode, Kind, visit } from 'graphql';

/** Kinds of nodes that the errors of an execution point at. */
const LOCATED: ReadonlySet<string> = new Set([
  Kind.DOCUMENT,
  Kind.OPERATION_DEFINITION,
  Kind.VARIABLE_DEFINITION,
  Kind.FRAGMENT_DEFINITION,
  Kind.FIELD,
  Kind.DIRECTIVE,
]);

const NONE: readonly never[] = Object.freeze([]);

/**
 * Removes from a validated document the parts that execution does not need: all tokens, the locations that errors do not
 * show, and empty lists. It stays the same document, because the parser made it for one request and others share it only
 * afterwards. Without this, a kept document takes some five times the memory.
 *
 * An error that points at a node of another kind, such as a name or an inner value, has no location.
 */
export function slimDocument(document: DocumentNode): void {
  visit(document, {
    enter(node, _key, parent) {
      const isLocated = LOCATED.has(node.kind) || isArgument(parent);
      if (isLocated && node.loc) Object.assign(node.loc, { startToken: undefined, endToken: undefined });
      else Object.assign(node, { loc: undefined });
      tightenLists(node);
    },
  });
}

/** The value of an argument is in errors about variables that have no value. */
function isArgument(parent: ASTNode | readonly ASTNode[] | undefined): boolean {
  return parent !== undefined && 'kind' in parent && parent.kind === Kind.ARGUMENT;
}

/** Shrinks the parser's lists to their items. They have room for more, and most of them are empty. */
function tightenLists(node: ASTNode): void {
  for (const [name, value] of Object.entries(node)) {
    if (Array.isArray(value)) Object.assign(node, { [name]: value.length === 0 ? NONE : value.slice() });
  }
}
