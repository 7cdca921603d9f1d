// What verified tokens weigh, in a process of its own with garbage collection on demand. A question is a list of tokens
// to verify; the answer is bytes after that.
import { createAuthentication } from '../../dist/authentication/authentication.js';
import { serveParent } from '../harness/child-process.mjs';
import { collectGarbage } from '../harness/collect-garbage.mjs';

const { settings, cacheSize } = JSON.parse(process.argv[2]);
const { instance, tenantId, clientId } = settings;
const authentication = createAuthentication({ instance, tenantId, clientId, verifiedTokenCacheSize: cacheSize });

serveParent({}, async (tokens) => {
  for (const token of tokens) await authentication.verify(token);
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss };
});
