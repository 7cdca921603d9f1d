import { developmentTenantId, objectIdOf, type ResourceDevelopment } from 'entra-graphql/api';
import people from './people.json' with { type: 'json' };

const row = (owner: string, title: string, note: string | null = null) => ({
  tenant_id: developmentTenantId,
  owner_id: objectIdOf(owner),
  title,
  note,
  // A column that a row leaves out is null, and these two must not be.
  id: objectIdOf(title),
  created_at: '2026-01-01T00:00:00Z',
});

/** All of it is fictional. */
export const sampleThingDevelopment: ResourceDevelopment = {
  people,
  rows: {
    sample_things: [
      row('nina', 'The first of Nina', 'seen twice'),
      row('nina', 'The second of Nina'),
      row('omar', 'The first of Omar'),
    ],
  },
  calls: [
    {
      persona: 'nina',
      says: 'nina gets her own sample things, without notes:',
      document: '{ sampleThings { title owner note } }',
    },
    {
      persona: 'ada',
      says: 'ada is an auditor and gets all sample things:',
      document: '{ sampleThings { title owner note } }',
    },
  ],
};
