// What verified tokens weigh, in a process of its own with garbage collection on demand. A question is a list of tokens
// to verify, and whether to remember them; the answer is bytes after that.
import { createAuthentication } from '../../dist/authentication/authentication.js';
import { serveParent } from '../harness/child-process.mjs';
import { collectGarbage } from '../harness/collect-garbage.mjs';

const { settings, cacheSize } = JSON.parse(process.argv[2]);
const { instance, tenantId, clientId } = settings;
const [remembering, forgetting] = [cacheSize, 0].map((verifiedTokenCacheSize) =>
  createAuthentication({ instance, tenantId, clientId, verifiedTokenCacheSize }),
);

serveParent({}, async ({ tokens, isRemembered }) => {
  const { verify } = isRemembered ? remembering : forgetting;
  for (const token of tokens) await verify(token);
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss };
});
