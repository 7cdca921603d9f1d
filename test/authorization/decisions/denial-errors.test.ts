import { type FieldNode, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type Denial, toDenialError } from '../../../src/authorization/decisions/denial.js';
import { createDenialErrors } from '../../../src/authorization/decisions/denial-errors.js';

const denialAt = (...path: (string | number)[]): Denial => ({
  coordinate: 'Item.cost',
  code: 'FORBIDDEN',
  missing: [{ kind: 'role', anyOf: [['Auditor']] }],
  path,
});

function nodesOf(query: string, noLocation = false): readonly FieldNode[] {
  const [operation] = parse(query, { noLocation }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError(query);
  return operation.selectionSet.selections.filter((node) => node.kind === Kind.FIELD);
}

describe('errors of denials that borrow their words', () => {
  it.each([true, false])('read like errors of their own, at every place (hints %s)', (hints) => {
    const word = createDenialErrors({ hints });
    const nodes = nodesOf('{ cost\n again: cost }');
    for (const [at, path] of [['cost'], ['items', 3, 'again']].entries()) {
      const denial = denialAt(...path);
      const expected = toDenialError(denial, { hints }, nodes.slice(at));
      const error = word(denial, nodes.slice(at));
      expect(JSON.stringify(error)).toBe(JSON.stringify(expected));
      expect([error.message, error.path, error.locations]).toEqual([expected.message, path, expected.locations]);
    }
  });

  it('differ where what is missing differs', () => {
    const word = createDenialErrors({ hints: true });
    const nodes = nodesOf('{ cost }');
    const other: Denial = { ...denialAt('cost'), missing: [{ kind: 'accessToken', anyOf: [] }] };
    expect(word(denialAt('cost'), nodes).message).toContain('role Auditor');
    expect(word(other, nodes).message).toContain('an access token');
  });

  it('have no locations in a document without any', () => {
    expect(createDenialErrors({ hints: true })(denialAt('cost'), nodesOf('{ cost }', true)).locations).toEqual([]);
  });
});
