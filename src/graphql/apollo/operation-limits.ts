import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import type { ParseOptions, ValidationRule } from 'graphql';

/** What one operation may ask for. An operation beyond it is refused by validation, before anything runs. */
const OPERATION_LIMITS = { tokens: 4000, depth: 12, aliases: 200, directives: 50, cost: 20_000 } as const;

/** The limits in the form Apollo Server takes. */
export function operationLimits(): {
  readonly plugins: ApolloServerPlugin[];
  readonly validationRules: ValidationRule[];
  readonly parseOptions: ParseOptions;
} {
  const { tokens, depth, aliases, directives, cost } = OPERATION_LIMITS;
  const armor = new ApolloArmor({
    maxDepth: { n: depth, ignoreIntrospection: true },
    maxAliases: { n: aliases },
    maxDirectives: { n: directives },
    maxTokens: { enabled: false },
    costLimit: { maxCost: cost, ignoreIntrospection: true },
    // Suggestions follow GRAPHQL_INTROSPECTION (introspection.ts).
    blockFieldSuggestion: { enabled: false },
  });
  // Its types are those of a CommonJS Apollo Server, which TypeScript keeps apart from the ES module's.
  const { plugins, validationRules } = armor.protect() as unknown as {
    plugins: ApolloServerPlugin[];
    validationRules: ValidationRule[];
  };
  return { plugins, validationRules, parseOptions: { maxTokens: tokens } };
}
