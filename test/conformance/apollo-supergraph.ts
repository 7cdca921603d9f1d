import { composeServices } from '@apollo/composition';
import { type ConstDirectiveNode, type ConstValueNode, Kind, parse } from 'graphql';

/** OR of ANDs. */
export type Alternatives = readonly (readonly string[])[];

/** Scopes and policies that one element asks for. */
export type Rule = Readonly<Record<'scopes' | 'policies', Alternatives | undefined>>;

export const NO_RULE: Rule = { scopes: undefined, policies: undefined };

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12",
  import: ["@authenticated", "@requiresScopes", "@policy", "@shareable"])`;

function compose(subgraphs: readonly string[]) {
  return composeServices(subgraphs.map((sdl, at) => ({ name: `subgraph${at}`, typeDefs: parse(`${LINK} ${sdl}`) })));
}

/** Codes with which Apollo's composition refuses a subgraph; empty: it composes. */
export function compositionErrors(sdl: string): readonly unknown[] {
  return (compose([sdl]).errors ?? []).map(({ extensions }) => extensions.code);
}

/** The rules of the supergraph of these subgraphs, by coordinate; an element without a rule is left out. */
export function rulesOfSupergraph(subgraphs: readonly string[]): ReadonlyMap<string, Rule> {
  const { supergraphSdl, errors } = compose(subgraphs);
  if (supergraphSdl === undefined) throw new Error(`The test's subgraphs do not compose: ${errors?.join('; ')}`);
  const rules = new Map<string, Rule>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    const rule = {
      scopes: alternativesIn(directives, 'requiresScopes'),
      policies: alternativesIn(directives, 'policy'),
    };
    if (rule.scopes || rule.policies) rules.set(coordinate, rule);
  };
  for (const node of parse(supergraphSdl).definitions) {
    if (node.kind === Kind.SCALAR_TYPE_DEFINITION) read(node.name.value, node.directives);
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      read(node.name.value, node.directives);
      for (const { name, directives } of node.fields ?? []) read(`${node.name.value}.${name.value}`, directives);
    }
  }
  return rules;
}

function alternativesIn(directives: readonly ConstDirectiveNode[], name: string): Alternatives | undefined {
  const value = directives.find((directive) => directive.name.value === name)?.arguments?.[0]?.value;
  return value && itemsOf(value).map((inner) => itemsOf(inner).map(textOf));
}

function itemsOf(value: ConstValueNode): readonly ConstValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}

function textOf(value: ConstValueNode): string {
  return value.kind === Kind.STRING ? value.value : '';
}
