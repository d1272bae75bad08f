import { stripVTControlCharacters } from 'node:util';
import { formatBytes } from '../model/format-bytes.ts';
import type { Progress, ProgressStep } from '../model/progress.ts';
import { formatDuration } from './format-duration.ts';
import type { Style } from './style.ts';

/** A step is drawn after this long: what is quicker would only flicker. */
const SHOW_AFTER_MILLISECONDS = 300;
const REDRAW_MILLISECONDS = 100;
const BAR_COLUMNS = 24;

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface RunningStep {
  readonly title: string;
  readonly started: number;
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'items';
  done: number;
  status: string;
}

export interface TerminalProgress extends Progress {
  /** Wipes what is being drawn, so that other output starts on a clean line. */
  readonly close: () => void;
}

/**
 * Draws steps on `output` (standard error): bars that redraw themselves on a terminal, else one plain line when a step has ended.
 * Steps may nest or run side by side; each has a line.
 */
export function terminalProgress(output: Output, style: Style, now: () => number = Date.now): TerminalProgress {
  const live = output.isTTY === true;
  const running = new Set<RunningStep>();
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;

  const wipe = (): void => {
    if (drawnLines > 0) output.write(`\x1b[${drawnLines}A\x1b[J`);
    drawnLines = 0;
  };
  const draw = (): void => {
    wipe();
    const lines = [...running]
      .filter((step) => now() - step.started >= SHOW_AFTER_MILLISECONDS)
      .map((step) => fit(renderStep(step, style, now()), output.columns ?? 80));
    for (const line of lines) output.write(`${line}\n`);
    drawnLines = lines.length;
  };
  const keepDrawing = (): void => {
    if (!live) return;
    timer ??= setInterval(draw, REDRAW_MILLISECONDS).unref();
  };
  const stopDrawing = (): void => {
    clearInterval(timer);
    timer = undefined;
    wipe();
  };
  const line = (text: string): void => {
    wipe();
    output.write(`${text}\n`);
    if (live && running.size > 0) draw();
  };

  return {
    begin(title, options = {}): ProgressStep {
      const step: RunningStep = {
        title,
        started: now(),
        total: options.total,
        unit: options.unit ?? 'items',
        done: 0,
        status: '',
      };
      running.add(step);
      keepDrawing();
      return {
        advance: (amount) => {
          step.done += amount;
        },
        status: (text) => {
          step.status = text;
        },
        end: (summary) => {
          if (!running.delete(step)) return;
          if (running.size === 0) stopDrawing();
          const took = style.dim(formatDuration(now() - step.started));
          line(`${style.green('✓')} ${title}${summary === undefined ? '' : `: ${summary}`} ${took}`);
        },
      };
    },
    note: (text) => line(`${style.cyan('•')} ${text}`),
    close: stopDrawing,
  };
}

function renderStep(step: RunningStep, style: Style, now: number): string {
  const elapsed = style.dim(formatDuration(now - step.started));
  if (step.total === undefined || step.total === 0) return `  ${step.title} … ${step.status} ${elapsed}`;
  const part = Math.min(1, step.done / step.total);
  const filled = Math.round(part * BAR_COLUMNS);
  const bar = `${style.cyan('━'.repeat(filled))}${style.dim('━'.repeat(BAR_COLUMNS - filled))}`;
  const amounts =
    step.unit === 'bytes' ? `${formatBytes(step.done)} of ${formatBytes(step.total)}` : `${step.done} of ${step.total}`;
  return `  ${step.title} ${bar} ${amounts} ${step.status} ${elapsed}`;
}

/** A line that is too long for the terminal loses its colours and its end, so that wiping counts lines right. */
function fit(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length < columns ? text : plain.slice(0, columns - 1);
}
