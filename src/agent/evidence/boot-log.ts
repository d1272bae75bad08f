import type { RunOnDevice } from '../system/run-on-device.ts';

/** Lines of a log that are kept: a screen or two of the end is where the reason is. */
const LINES = 120;

/** What the journal tells of the start before this one. */
export interface BootLog {
  /** The kernel's last messages. */
  readonly kernel: readonly string[];
  /** Last messages of warning and worse, of whatever said them. */
  readonly warnings: readonly string[];
  /** Units that failed. */
  readonly failedUnits: readonly string[];
}

/** Messages by which the service manager tells that a unit failed (systemd, catalog: unit-failed, unit-failure-result). */
const UNIT_FAILED = ['be02cf6855d2428ba40df7e9d022f03d', 'd9b373ed55a64feb8242e02dbe79a49c'];

/**
 * Asks the journal of the boot at `offset` (-1: the one before this; 0: this one). What there is no journal of is empty: a boot that ended
 * in the boot image has none.
 */
export async function bootLog(run: RunOnDevice, offset: -1 | 0): Promise<BootLog> {
  const journal = async (...filter: string[]): Promise<string[]> => {
    const argv = ['journalctl', `--boot=${offset}`, '--no-pager', '--quiet', `--lines=${LINES}`, ...filter];
    const { status, stdout } = await run(argv).catch(() => ({ status: 1, stdout: '' }));
    return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
  };
  const [kernel, warnings, failed] = await Promise.all([
    journal('--dmesg', '--output=short-monotonic', '--no-hostname'),
    journal('--priority=warning', '--output=short-monotonic', '--no-hostname'),
    journal('--output=json', '--output-fields=UNIT', ...UNIT_FAILED.map((id) => `MESSAGE_ID=${id}`)),
  ]);
  return { kernel, warnings, failedUnits: [...new Set(failed.flatMap(unitOf))] };
}

function unitOf(line: string): string[] {
  try {
    const { UNIT: unit } = JSON.parse(line) as { UNIT?: unknown };
    return typeof unit === 'string' ? [unit] : [];
  } catch {
    return [];
  }
}
