import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second, whatever its own clock is (proc(5), USER_HZ). */
const MS_OF_TICK = 10;

/**
 * The process that started another.
 *
 * @returns {number | undefined} undefined on other systems than Linux
 */
export function parentOf(pid) {
  const line = /^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '');
  return line ? Number(line[1]) : undefined;
}

/**
 * CPU time so far of the processes that one process started, in microseconds by process id. They have one thread each.
 *
 * @returns {Map<number, number>}
 */
export function cpuOfChildren(parent) {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  return new Map(children.map((pid) => [pid, cpuOf(pid)]));
}

/** Microseconds spent between two answers of {@link cpuOfChildren}, by those that were there in the end. */
export function cpuBetween(before, after) {
  return [...after].reduce((sum, [pid, cpu]) => sum + cpu - (before.get(pid) ?? 0), 0);
}

/** CPU time so far of a process with all its threads, in milliseconds, to the hundredth of a second. */
export function cpuMillisecondsOf(pid) {
  // After the name in brackets, which may contain anything: user and system time are the 12th and 13th of what follows.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * MS_OF_TICK;
}

/** Resident memory of a process in bytes; undefined on other systems than Linux. */
export function residentBytes(pid) {
  const line = /^VmRSS:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '');
  return line ? Number(line[1]) * 1024 : undefined;
}

/** The first number of `schedstat` is nanoseconds on a core. */
function cpuOf(pid) {
  return Number(read(`/proc/${pid}/schedstat`)?.split(' ')[0] ?? 0) / 1000;
}

/** Undefined when it is not there (any more). */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
