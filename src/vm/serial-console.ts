import { appendFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { AshlarError } from '../model/error.ts';
import { Feed } from './feed.ts';
import { lineSplitter } from './line-splitter.ts';

/** A guest's serial port: what it says, line by line, and a keyboard. */
export interface SerialConsole {
  /**
   * Waits for a line that matches, among those said since the last match and those to come; a line that is still open (a prompt)
   * counts, and may still grow: a pattern that captures to the end of a line ends in something that the line ends in. A kernel panic
   * fails the wait at once, unless that is what is waited for.
   *
   * @param seconds how long.
   * @throws AshlarError `guest-silent` when it did not come in time, with the last lines; `guest-stopped` when the machine ended.
   */
  expect(pattern: RegExp, seconds: number, signal?: AbortSignal): Promise<RegExpExecArray>;
  /** What was said so far is not looked at by waits any more: a panic, say, of a system that another one has taken the place of. */
  passOver(): void;
  /** Types `text` as it is; a line ends with `\n`. */
  send(text: string): void;
  /** The last `count` lines, oldest first. */
  latest(count: number): readonly SerialLine[];
  /** Calls `listener` with each line when it is complete; returns what ends that. */
  onLine(listener: (line: SerialLine) => void): () => void;
  /** Calls `listener` with the bytes as they come, for a terminal; returns what ends that. */
  onBytes(listener: (bytes: Buffer) => void): () => void;
  /** The machine has ended: waits fail with `reason()`. */
  close(reason: () => Error): void;
}

export interface SerialLine {
  readonly text: string;
  /** Seconds since the machine was started. */
  readonly at: number;
}

/** Lines kept to be waited for: a verbose boot says some 1,500. */
const LINES_KEPT = 5_000;

/** Bytes that the log file may grow to in one boot: a guest that talks for ever does not fill the disk. */
const LOG_LIMIT_BYTES = 64 << 20;

/** Lines shown with a wait that failed. */
const LINES_SHOWN = 12;

/** What Linux says last when it cannot go on (kernel/panic.c); followed by the reason. */
export const KERNEL_PANIC = /Kernel panic - not syncing: (.*)/;

class ConsoleLine implements SerialLine {
  text = '';
  readonly at: number;
  /** Characters that a wait has already taken. */
  taken = 0;
  /** False while more of the line may come. */
  complete = false;

  constructor(at: number) {
    this.at = at;
  }
}

/**
 * @param clock seconds since the machine was started.
 * @param log a file to append the lines to, with their seconds.
 */
export function serialConsole(port: Duplex, clock: () => number, log: string | undefined): SerialConsole {
  const splitter = lineSplitter();
  const feed = new Feed<ConsoleLine>(LINES_KEPT);
  const lineListeners = new Set<(line: SerialLine) => void>();
  const byteListeners = new Set<(bytes: Buffer) => void>();
  let current: ConsoleLine | undefined;
  let logged = 0;

  /** The line that is being said now reads `text`. */
  const say = (text: string, complete: boolean): ConsoleLine => {
    const line = current ?? new ConsoleLine(clock());
    line.text = text;
    line.complete = complete;
    if (current === undefined) feed.append(line);
    else feed.look();
    current = line;
    return line;
  };

  const record = (lines: readonly SerialLine[]): void => {
    if (log === undefined || lines.length === 0 || logged > LOG_LIMIT_BYTES) return;
    const text = lines.map((line) => `[${line.at.toFixed(3).padStart(9)}] ${line.text}\n`).join('');
    logged += text.length;
    appendFileSync(log, logged > LOG_LIMIT_BYTES ? '(the log ends here: it has reached its limit)\n' : text);
  };

  port.on('data', (bytes: Buffer) => {
    for (const listener of byteListeners) listener(bytes);
    const { lines, open } = splitter.push(bytes);
    const complete = lines.map((text) => {
      const line = say(text, true);
      current = undefined;
      for (const listener of lineListeners) listener(line);
      return line;
    });
    record(complete);
    if (open !== '') say(open, false);
  });
  port.on('close', () => record(current === undefined ? [] : [current]));

  const listen = <Listener>(listeners: Set<Listener>, listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    async expect(pattern, seconds, signal) {
      const match = (line: ConsoleLine): RegExpExecArray | undefined => {
        const rest = line.text.slice(line.taken);
        const found = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(rest);
        const panic = line.complete ? KERNEL_PANIC.exec(rest) : null;
        if (found === null && panic === null) return undefined;
        line.taken = line.text.length;
        if (found !== null) return found;
        throw stopped(`the kernel panicked: ${panic?.[1]}`, feed.latest(LINES_SHOWN));
      };
      return feed.next(match, seconds * 1000, () => silent(pattern, seconds, feed.latest(LINES_SHOWN)), signal);
    },
    passOver: () => feed.passOver(),
    send: (text) => void port.write(text),
    latest: (count) => feed.latest(count),
    onLine: (listener) => listen(lineListeners, listener),
    onBytes: (listener) => listen(byteListeners, listener),
    close: (reason) => feed.close(reason),
  };
}

function silent(pattern: RegExp, seconds: number, last: readonly SerialLine[]): AshlarError {
  return new AshlarError(
    'guest-silent',
    `The guest did not say ${pattern} within ${seconds} s. It said last:\n${quote(last)}`,
    {
      hint: 'The serial log tells how far it came; a busy host needs a longer deadline.',
    },
  );
}

function stopped(why: string, last: readonly SerialLine[]): AshlarError {
  return new AshlarError(
    'guest-stopped',
    `Of the guest nothing more is to be expected: ${why}. It said last:\n${quote(last)}`,
    {
      hint: 'The serial log tells what led to it.',
    },
  );
}

function quote(lines: readonly SerialLine[]): string {
  return lines.length === 0 ? '  (nothing)' : lines.map(({ text }) => `  ${text}`).join('\n');
}
