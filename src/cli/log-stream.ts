import { write, writeSync } from 'node:fs';
import type { LineStream } from '../http/log/direct-lines.js';

/** Characters that may wait to be written. Later lines are dropped. */
const MAX_WAITING = 1024 * 1024;
/** Lines are collected for at most this time. */
const COLLECT_MS = 1000;
/**
 * Lines are collected up to this size, which is a full pipe of Linux. At 4 KiB a write came every twelfth request, and cost
 * a small query a tenth of its time.
 */
const COLLECT_CHARACTERS = 64 * 1024;
const RETRY_MS = 100;
/** Time for what still waits when the process ends. */
const LAST_MS = 500;

/** A log that never makes the process wait, and never ends it. */
export interface LogStream extends LineStream {
  /** Writes what still waits, for half a second at most. For the end of the process. */
  end(): void;
}

/**
 * Writes lines to a file descriptor without waiting for it. A pipe without a reader or a full disk makes up to 1 MiB of
 * lines wait. Later lines are dropped, and a line reports their number when writing works again.
 *
 * pino's own destination waits for a reader, and forever when the disk is full at the end of the process.
 *
 * @param fileDescriptor a pipe has to be in non-blocking mode, which Node puts standard output into on first use
 */
export function createLogStream(fileDescriptor: number, collectCharacters = COLLECT_CHARACTERS): LogStream {
  let waiting = '';
  let unwritten = Buffer.alloc(0);
  let isWriting = false;
  let dropped = 0;

  function push(): void {
    if (isWriting) return;
    if (unwritten.length === 0) unwritten = take();
    if (unwritten.length === 0) return;
    isWriting = true;
    write(fileDescriptor, unwritten, (error, bytes) => {
      isWriting = false;
      if (!error) unwritten = unwritten.subarray(bytes);
      if (error) setTimeout(push, RETRY_MS).unref();
      else if (unwritten.length > 0 || waiting.length >= collectCharacters) push();
    });
  }
  function take(): Buffer<ArrayBuffer> {
    const text = dropped > 0 ? `${waiting}${describeDropped(dropped)}` : waiting;
    waiting = '';
    dropped = 0;
    return Buffer.from(text);
  }

  setInterval(push, COLLECT_MS).unref();
  return {
    write(line) {
      if (waiting.length + line.length > MAX_WAITING) {
        dropped += 1;
        return;
      }
      waiting += line;
      if (waiting.length >= collectCharacters) push();
    },
    end() {
      // The part that is being written at this moment is left to the operating system.
      const last = isWriting ? take() : Buffer.concat([unwritten, take()]);
      writeBefore(fileDescriptor, last, Date.now() + LAST_MS);
    },
  };
}

/** Writes until the deadline. Nothing can be done about what is left, as the process ends. */
function writeBefore(fileDescriptor: number, bytes: Buffer, deadlineMs: number): void {
  let left = bytes;
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(fileDescriptor, left));
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadlineMs) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function describeDropped(dropped: number): string {
  const line = {
    level: 40,
    time: Date.now(),
    dropped,
    msg: 'log lines were dropped: they could not be written in time',
  };
  return `${JSON.stringify(line)}\n`;
}
