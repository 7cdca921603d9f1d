import { defineDevelopment } from 'entra-graphql/api';
import { sampleThingDevelopment } from './sample-thing/development.js';

/** People, rows and calls of `npm run dev` and of tests. Production never loads them. */
export const development = defineDevelopment({ resources: [sampleThingDevelopment] });
