import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { directives } from '../harness.js';

const TYPES = `
  type Query { people(over: Salary, filter: Outer): Int @authenticated }
  scalar Salary @requiresRoles(roles: [["HR"]])
  enum Grade @requiresRoles(roles: [["HR"]]) { A }
  input Filter { deleted: Boolean @requiresRoles(roles: [["Auditor"]]) open: Int }
  input Outer { inner: [Filter!] grade: Grade }
  input Plain { open: Int }
`;

const compile = (directive: string) => () => compileRequirements(buildSchema(`${directives} ${TYPES} ${directive}`));

describe('an argument of a directive', () => {
  it.each([
    ['a protected scalar', 's: Salary', 'FIELD', 'Salary'],
    ['a list of a protected enum', 's: [Grade!]!', 'QUERY | OBJECT', 'Grade'],
    ['a protected input field', 's: Filter', 'INLINE_FRAGMENT', 'Filter.deleted'],
    ['a protected input field at a depth', 's: Outer', 'VARIABLE_DEFINITION', 'Filter.deleted|Grade'],
  ])('stops the start where an operation can send %s', (_what, argument, locations, named) => {
    expect(compile(`directive @over(${argument}) on ${locations}`)).toThrow(
      new RegExp(`@over\\(s:\\).* an operation can send (${named}), whose rule is not enforced`),
    );
  });

  it.each([
    ['has another type', 's: Plain, i: Int', 'FIELD'],
    ['stands in the schema alone', 's: Salary', 'OBJECT | FIELD_DEFINITION'],
  ])('starts where it %s', (_what, args, locations) => {
    expect(compile(`directive @over(${args}) on ${locations}`)).not.toThrow();
  });
});
