import type { ResourceDevelopment } from 'entra-graphql/api';
import people from './people.json' with { type: 'json' };

/** All of it is fictional. */
export const sampleThingDevelopment: ResourceDevelopment = {
  people,
  calls: [
    {
      persona: 'nina',
      says: 'nina creates one of her own sample things:',
      document: 'mutation { createSampleThing(title: "New") { title owner } }',
    },
    {
      persona: 'ada',
      says: 'ada is an auditor and gets all sample things:',
      document: '{ sampleThings { title owner note } }',
    },
  ],
};
