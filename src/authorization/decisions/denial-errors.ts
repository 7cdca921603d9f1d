import { type ASTNode, type GraphQLError, getLocation, type SourceLocation } from 'graphql';
import { type Denial, type DenialWording, toDenialError } from './denial.js';

/** Returns the error of a denial at its place in the query. */
export type WordDenial = (denial: Denial, nodes: readonly ASTNode[]) => GraphQLError;

/**
 * Creates a function that words denials. Denials of one element with the same missing parts differ only in their paths. They
 * inherit everything else from one error, because constructing an error takes longer than deciding. The schema bounds how
 * many are kept.
 */
export function createDenialErrors(wording: DenialWording): WordDenial {
  const known = new Map<string, GraphQLError>();
  const locationsOf = createLocations();
  const texts = new WeakMap<Denial['missing'], string>();
  const textOf = (missing: Denial['missing']) => {
    const text = texts.get(missing) ?? JSON.stringify(missing);
    texts.set(missing, text);
    return text;
  };
  return (denial, nodes) => {
    const { coordinate, code, missing, path } = denial;
    const key = `${coordinate} ${code} ${textOf(missing)}`;
    const likeIt = known.get(key) ?? toDenialError(denial, wording, []);
    known.set(key, likeIt);
    return Object.assign(Object.create(likeIt), { path, nodes, locations: locationsOf(nodes) });
  };
}

/** Creates a function that finds the places of nodes in their document. It is read once for the nodes of a known query. */
function createLocations(): (nodes: readonly ASTNode[]) => readonly SourceLocation[] {
  const known = new WeakMap<readonly ASTNode[], readonly SourceLocation[]>();
  return (nodes) => {
    const found = known.get(nodes) ?? nodes.flatMap(({ loc }) => (loc ? getLocation(loc.source, loc.start) : []));
    known.set(nodes, found);
    return found;
  };
}
