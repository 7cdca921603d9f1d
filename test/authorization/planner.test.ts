import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileRequirements } from '../../src/authorization/compile-requirements.js';
import { createPlanner, fragmentsOf } from '../../src/authorization/planner.js';
import { createProtectedInputs } from '../../src/authorization/protected-inputs.js';
import { schemaOf } from './harness.js';

const schema = schemaOf('type Query { a: Int @public b: Int @authenticated }');
const table = compileRequirements(schema);
const create = () => createPlanner({ schema, table, protectedInputs: createProtectedInputs(schema, table.inputs) });
const operationOf = (document: ReturnType<typeof parse>): OperationDefinitionNode => {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return operation;
};

describe('createPlanner', () => {
  it('plans an operation once', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document))).toBe(plan(operation, fragmentsOf(document)));
  });

  it('plans it again when it comes with another fragment of that name', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const other = parse('{ a ...F } fragment F on Query { a }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document))).not.toBe(plan(operation, fragmentsOf(other)));
  });

  it('plans it again when a fragment is gone', () => {
    const document = parse('{ a ...F } fragment F on Query { b }');
    const plan = create();
    const operation = operationOf(document);
    expect(plan(operation, fragmentsOf(document)).isComplete).toBe(true);
    expect(plan(operation, () => undefined).isComplete).toBe(false);
  });
});
