import type { Program } from 'oxc-parser';
import packageJson from '../../package.json' with { type: 'json' };

/** Returns what a script imports from this package: names by entry, such as `entra-graphql/apollo`. */
export function importsOf({ body }: Program): [string, string[]][] {
  return body.flatMap((statement): [string, string[]][] => {
    if (statement.type !== 'ImportDeclaration' || !/^entra-graphql(?:\/|$)/.test(statement.source.value)) return [];
    const names = statement.specifiers.map(({ local }) => local.name);
    return [[statement.source.value, names]];
  });
}

/** Returns the names that an entry of this package exports, from its source. Types are not among them. */
export async function exportsOf(entry: string): Promise<string[]> {
  const entries: Readonly<Record<string, string | { readonly default: string }>> = packageJson.exports;
  const target = entries[entry.replace('entra-graphql', '.')];
  if (target === undefined || typeof target === 'string') throw new Error(`${entry} is not an entry of this package`);
  return Object.keys(await import(target.default.replace('./dist/', '../../src/').replace(/\.js$/, '.ts')));
}
