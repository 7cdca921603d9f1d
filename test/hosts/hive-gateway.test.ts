import { describe } from 'vitest';
import { testRefusals } from './refusals-through-gateways.js';

describe('Hive Gateway before a subgraph', () => testRefusals('./hive-gateway/hive.mjs'));
