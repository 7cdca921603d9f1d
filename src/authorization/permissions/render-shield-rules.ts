import { allow, deny, type ShieldRule } from '../guards/shield-middleware.js';
import type { RuleTree } from '../guards/shield-rules.js';

/** Prints the tree that graphql-shield enforces, a line for each field. It ends with a line break. */
export function renderShieldRules(tree: RuleTree): string {
  const types = Object.entries(tree).map(([type, fields]) => {
    const lines = Object.entries(fields).map(([field, rule]) => `    ${field}: ${renderRule(rule)},\n`);
    return `  ${type}: {\n${lines.join('')}  },\n`;
  });
  return `{\n${types.join('')}}\n`;
}

/** Names of shield's classes, by which it distinguishes its own rules. */
const JOINED: Readonly<Record<string, string>> = { RuleAnd: 'and', RuleOr: 'or' };

function renderRule(rule: ShieldRule): string {
  if (rule === allow) return 'allow';
  if (rule === deny) return 'deny';
  if ('name' in rule) return JSON.stringify(rule.name);
  return `${JOINED[rule.constructor.name]}(${rule.getRules().map(renderRule).join(', ')})`;
}
