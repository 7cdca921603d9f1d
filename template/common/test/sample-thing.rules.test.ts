import { anonymous, application, assertRow, judgeOperations, user } from 'entra-graphql/testing';
import { describe, expect, it } from 'vitest';

const { rows, untested } = judgeOperations({
  schemaFolder: new URL('../schema/', import.meta.url),
  callers: {
    anonymous,
    stranger: user(),
    reader: user({ scopes: ['SampleThings.Read'] }),
    writer: user({ scopes: ['SampleThings.ReadWrite'] }),
    auditor: user({ scopes: ['SampleThings.Read'], roles: ['SampleThings.Auditor'] }),
    job: application({ permissions: ['SampleThings.Read.All'] }),
  },
  operations: [
    {
      name: 'read sample things',
      document: '{ sampleThings { id title owner createdAt } }',
      expected: {
        anonymous: 'denied',
        stranger: 'denied',
        reader: 'allowed',
        writer: 'allowed',
        auditor: 'allowed',
        job: 'allowed',
      },
    },
    {
      name: 'read notes',
      document: '{ sampleThings { note } }',
      expected: {
        anonymous: 'denied',
        stranger: 'denied',
        reader: 'partial: SampleThing.note (role SampleThings.Auditor)',
        writer: 'partial',
        auditor: 'allowed',
        job: 'partial',
      },
    },
    {
      name: 'create one',
      document: 'mutation { createSampleThing(title: "New") { id } }',
      expected: {
        anonymous: 'denied',
        stranger: 'denied',
        reader: 'denied: Mutation.createSampleThing (scope SampleThings.ReadWrite)',
        writer: 'allowed',
        auditor: 'denied',
        job: 'denied',
      },
    },
    {
      name: 'rename one',
      document: 'mutation { renameSampleThing(id: "1", title: "New") { id } }',
      expected: {
        anonymous: 'denied',
        stranger: 'denied',
        reader: 'denied',
        writer: 'depends: Mutation.renameSampleThing (policy ownsSampleThing)',
        auditor: 'denied',
        job: 'denied',
      },
    },
  ],
});

describe('the rules of sample things', () => {
  it.each(rows)('$title', assertRow);

  it('have a row for each field with a rule', () => {
    expect(untested.filter((field) => field.includes('SampleThing'))).toEqual([]);
  });
});
