import type { Readable } from 'node:stream';
import type { RunEvent } from '../../vm/run-event.ts';
import type { RunningMachine } from '../../vm/running-machine.ts';
import type { Style } from '../style.ts';
import { describeEvent } from './describe-event.ts';
import type { RunView } from './run-view.ts';

/** A terminal: keys come in one by one in raw mode. */
export interface Terminal {
  readonly input: Readable & { setRawMode(raw: boolean): unknown };
  readonly output: { write(bytes: Buffer | string): unknown; readonly columns?: number };
}

/** What the screen shows: stages as they pass, the guest's log, or its console with the keyboard. */
type Mode = 'stages' | 'log' | 'console';

const REDRAW_MILLISECONDS = 100;

/** Lines of the log shown when it is opened: what fits on most screens. */
const LOG_LINES = 20;

/** Ctrl-] leaves the console, as it leaves telnet and `virsh console`. */
const LEAVE = '\x1d';
const CONTROL_C = '\x03';

const HELP = 'l log · c console · q power off';
const HELP_LOG = '── log ── l back · c console · q power off ──';
const HELP_CONSOLE = '── console ── Ctrl-] back ──';

/**
 * Shows a machine on a terminal: stages with their times, a line that says what the keys do, and behind `l` and `c` the guest's log
 * and console.
 *
 * @param quit called for `q` and Ctrl-C: the first time to power off, then to end it at once.
 */
export function terminalView({ input, output }: Terminal, style: Style, quit: () => void): RunView {
  let mode: Mode = 'stages';
  let machine: RunningMachine | undefined;
  let current: { readonly text: string; readonly since: number } | undefined;
  let drawn = false;
  const deaf: (() => void)[] = [];

  const wipe = (): void => {
    if (drawn) output.write('\r\x1b[2K\x1b[1A\x1b[2K');
    drawn = false;
  };
  /** Two lines at the bottom: what goes on, and the keys. */
  const draw = (): void => {
    if (mode !== 'stages' || machine === undefined) return;
    wipe();
    const seconds = machine.clock() - (current?.since ?? 0);
    const text = cut(`  ${current?.text ?? 'switched on'} … ${seconds.toFixed(0)} s`, output.columns);
    output.write(`${text}\r\n${style.dim(cut(`  ${HELP}`, output.columns))}`);
    drawn = true;
  };
  const print = (line: string): void => {
    wipe();
    output.write(`${line}\r\n`);
    draw();
  };

  const show = (next: Mode): void => {
    wipe();
    if (mode === 'console') output.write('\x1b[0m\x1b[?25h\r\n');
    mode = next;
    if (next === 'log') {
      output.write(`${style.dim(HELP_LOG)}\r\n`);
      for (const { text } of machine?.serial.latest(LOG_LINES) ?? []) output.write(`${text}\r\n`);
    }
    if (next === 'console') {
      output.write(`${style.dim(HELP_CONSOLE)}\r\n`);
      // The prompt that waits there was said long ago: an empty line brings it back.
      machine?.serial.send('\r');
    }
    draw();
  };

  const onKeys = (keys: string): void => {
    if (mode === 'console') {
      const leave = keys.indexOf(LEAVE);
      const typed = leave === -1 ? keys : keys.slice(0, leave);
      if (typed !== '') machine?.serial.send(typed);
      if (leave !== -1) show('stages');
      return;
    }
    for (const key of keys) {
      if (key === 'q' || key === CONTROL_C) quit();
      else if (key === 'l') show(mode === 'log' ? 'stages' : 'log');
      else if (key === 'c') show('console');
    }
  };

  return {
    tell(event) {
      if (mode === 'console') return;
      const text = describeEvent(event);
      if (text === undefined) return;
      if (isStage(event)) current = { text, since: event.at };
      print(`${mark(event, style)} ${text} ${style.dim(`${event.at.toFixed(1)} s`)}`);
    },
    attach(running) {
      machine = running;
      input.setRawMode(true);
      input.setEncoding('utf8');
      input.on('data', onKeys);
      input.resume();
      const timer = setInterval(draw, REDRAW_MILLISECONDS);
      deaf.push(
        () => clearInterval(timer),
        running.serial.onLine(({ text }) => mode === 'log' && output.write(`${text}\r\n`)),
        running.serial.onBytes((bytes) => mode === 'console' && output.write(bytes)),
      );
    },
    close() {
      wipe();
      if (mode === 'console') output.write('\x1b[0m\x1b[?25h\r\n');
      mode = 'stages';
      for (const end of deaf.splice(0)) end();
      if (machine === undefined) return;
      machine = undefined;
      input.off('data', onKeys);
      input.setRawMode(false);
      input.pause();
    },
  };
}

function isStage(event: RunEvent): boolean {
  return event.event !== 'accelerator' && event.event !== 'started';
}

function mark(event: RunEvent, style: Style): string {
  switch (event.event) {
    case 'panic':
    case 'boot-failed':
    case 'watchdog':
      return style.red('✖');
    case 'reboot':
      return event.expected ? style.cyan('•') : style.red('✖');
    case 'ready':
      return event.verified && event.readOnly ? style.green('✔') : style.red('✖');
    default:
      return style.cyan('•');
  }
}

/** What fits on one line, so that wiping counts lines right. A terminal that does not know its size says 0. */
function cut(text: string, columns = 0): string {
  return text.slice(0, (columns > 0 ? columns : 80) - 1);
}
