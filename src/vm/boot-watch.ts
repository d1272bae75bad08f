import { BOOT_STAGES, type BootStage, type GuestSign, type GuestStatus } from './guest-sign.ts';
import type { RunEvent, RunEventOf } from './run-event.ts';
import type { MachineEnd, MachineEvent } from './running-machine.ts';

/** What is known of a machine's boots so far. Immutable: {@link seeSign} and {@link seeEvent} give the next. */
export interface BootWatch {
  /** When this boot began, in seconds since the machine was switched on. */
  readonly began: number;
  /** How far this boot has come; undefined before anything was heard. */
  readonly stage: BootStage | undefined;
  /** What the system said of itself when it was up, in this boot. */
  readonly status: GuestStatus | undefined;
  /** True when the loader has enrolled keys and said that it restarts the machine. */
  readonly enrolled: boolean;
  /** What went wrong first, in this boot or an earlier one; it stays. */
  readonly trouble: string | undefined;
  /** True when the machine has restarted although nobody asked: more of it is not worth waiting for. */
  readonly over: boolean;
}

export const NOTHING_SEEN: BootWatch = {
  began: 0,
  stage: undefined,
  status: undefined,
  enrolled: false,
  trouble: undefined,
  over: false,
};

/** A watch, and what there is to tell since the one before. */
export interface BootStep {
  readonly watch: BootWatch;
  readonly tells: readonly RunEvent[];
}

/** Said of a restart when nothing tells its cause; a cause that is heard later (console and hardware are not in step) replaces it. */
const UNEXPLAINED = 'it restarted before it was up';

/** Takes in what a line of the console tells; `at` in seconds since the machine was switched on. */
export function seeSign(watch: BootWatch, sign: GuestSign, at: number): BootStep {
  switch (sign.kind) {
    case 'stage':
      return isLater(sign.stage, watch.stage)
        ? { watch: { ...watch, stage: sign.stage }, tells: [{ event: sign.stage, at }] }
        : same(watch);
    case 'ready': {
      if (watch.status !== undefined) return same(watch);
      const seconds = Math.round((at - watch.began) * 1000) / 1000;
      const { status } = sign;
      return { watch: { ...watch, stage: 'ready', status }, tells: [{ event: 'ready', at, seconds, ...status }] };
    }
    case 'panic':
      return wrong(watch, `the kernel panicked: ${sign.reason}`, { event: 'panic', at, reason: sign.reason });
    case 'boot-failed':
      return wrong(watch, `the boot image gave up: ${sign.reason}`, { event: 'boot-failed', at, reason: sign.reason });
    case 'keys-enrolled':
      return watch.enrolled
        ? same(watch)
        : { watch: { ...watch, enrolled: true }, tells: [{ event: 'keys-enrolled', at }] };
    case 'restarting':
      return same(watch);
  }
}

/** Takes in that the console spoke at all: the firmware does so first. */
export function seeOutput(watch: BootWatch, at: number): BootStep {
  return watch.stage === undefined ? seeSign(watch, { kind: 'stage', stage: 'firmware' }, at) : same(watch);
}

/** Takes in what the machine's hardware tells. */
export function seeEvent(watch: BootWatch, { kind, at, ...event }: MachineEvent): BootStep {
  switch (kind) {
    case 'panicked':
      return watch.trouble === undefined
        ? wrong(watch, 'the kernel panicked', { event: 'panic', at, reason: 'it told the panic device' })
        : same(watch);
    case 'watchdog':
      return wrong(watch, 'the watchdog was not petted', { event: 'watchdog', at });
    case 'powered-off':
      return { watch, tells: [{ event: 'powered-off', at }] };
    case 'reset': {
      const asked = (watch.status !== undefined || watch.enrolled) && watch.trouble === undefined;
      const expected = asked || ('by' in event && event.by === 'host');
      const trouble = watch.trouble ?? (expected ? undefined : UNEXPLAINED);
      return {
        watch: { began: at, stage: undefined, status: undefined, enrolled: false, trouble, over: !expected },
        tells: [{ event: 'reboot', at, expected }],
      };
    }
  }
}

/**
 * What a machine's end says of its system.
 *
 * @param end undefined when it was given up because it took too long.
 */
export function judge(watch: BootWatch, end: MachineEnd | undefined, at: number): RunEventOf<'exit'> {
  const failed = (reason: string): RunEventOf<'exit'> => ({ event: 'exit', at, verdict: 'failed', reason });
  if (watch.trouble !== undefined) return failed(watch.trouble);
  if (end?.kind === 'failed') return failed(`the emulator failed: ${end.complaint}`);
  const { status } = watch;
  if (status === undefined) {
    const how = end === undefined ? 'it was not up in time' : 'it ended before it was up';
    return failed(`${how}; it came as far as: ${watch.stage ?? 'nothing'}`);
  }
  if (!status.verified || !status.readOnly) {
    const lacks = [...(status.verified ? [] : ['not verified']), ...(status.readOnly ? [] : ['writable'])];
    return { event: 'exit', at, verdict: 'unverified', reason: `its root is ${lacks.join(' and ')}` };
  }
  const how = end?.kind === 'powered-off' ? 'it came up and powered off' : 'it came up';
  return { event: 'exit', at, verdict: 'good', reason: how };
}

function same(watch: BootWatch): BootStep {
  return { watch, tells: [] };
}

function wrong(watch: BootWatch, trouble: string, tell: RunEvent): BootStep {
  const known = watch.trouble === undefined || watch.trouble === UNEXPLAINED ? trouble : watch.trouble;
  return { watch: { ...watch, trouble: known }, tells: [tell] };
}

function isLater(stage: BootStage, than: BootStage | undefined): boolean {
  return than === undefined || BOOT_STAGES.indexOf(stage) > BOOT_STAGES.indexOf(than);
}
