// One contender, in a process of its own. Asked for its usage, it says how much CPU time it has had (microseconds,
// garbage collection and thread pool included) and how much memory it holds (bytes).
import { serveParent } from './child-process.mjs';

const { file, settings, environment } = JSON.parse(process.argv[2]);
const { start } = await import(`../contenders/${file}`);
const address = await start(settings, environment);

serveParent({ address }, () => {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, memoryBytes: process.memoryUsage.rss() };
});
