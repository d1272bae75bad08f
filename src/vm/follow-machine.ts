import { type BootStep, judge, NOTHING_SEEN, seeEvent, seeOutput, seeSign } from './boot-watch.ts';
import { readGuestSign } from './guest-sign.ts';
import type { RunEvent, RunEventOf } from './run-event.ts';
import type { MachineEnd, RunningMachine } from './running-machine.ts';

export interface FollowOptions {
  /** What to wait for: that the system says it is up, or that the machine is off. */
  readonly until: 'ready' | 'poweroff';
  /** How long each boot may take to be up; undefined for ever. */
  readonly readySeconds: number | undefined;
  /** How long the system may take to power off once `until` is reached; 0 pulls the plug. */
  readonly graceSeconds: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  readonly tell: (event: RunEvent) => void;
}

/** A kernel that has panicked restarts after `panic=5`; one that does not is not waited for longer than this. */
const PANIC_SECONDS = 15;

/**
 * Follows a machine from its start to its end and judges it. Ends it when what is waited for has happened, when it has restarted
 * unasked, or when a boot takes too long.
 *
 * @throws the signal's reason, once the machine is off.
 */
export async function followMachine(
  machine: RunningMachine,
  { until, readySeconds, graceSeconds, signal, tell }: FollowOptions,
): Promise<RunEventOf<'exit'>> {
  const enough = Promise.withResolvers<'reached' | 'over'>();
  let watch = NOTHING_SEEN;
  let deadline: NodeJS.Timeout | undefined;
  const endAfter = (seconds: number): void => {
    clearTimeout(deadline);
    deadline = setTimeout(() => enough.resolve('over'), seconds * 1000);
  };
  const take = (step: BootStep): void => {
    watch = step.watch;
    for (const event of step.tells) {
      tell(event);
      if (event.event === 'ready') clearTimeout(deadline);
      if (event.event === 'ready' && until === 'ready') enough.resolve('reached');
      if (event.event === 'panic') endAfter(PANIC_SECONDS);
      if (event.event === 'reboot' && event.expected && readySeconds !== undefined) endAfter(readySeconds);
    }
    if (watch.over) enough.resolve('over');
  };

  const deaf = [
    machine.serial.onBytes(() => take(seeOutput(watch, machine.clock()))),
    machine.serial.onLine(({ text, at }) => {
      const sign = readGuestSign(text);
      if (sign !== undefined) take(seeSign(watch, sign, at));
    }),
    machine.onEvent((event) => take(seeEvent(watch, event))),
  ];
  const stop = (): void => void machine.kill();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  if (readySeconds !== undefined) endAfter(readySeconds);
  try {
    const first = await Promise.race([enough.promise, machine.ended]);
    const end = await endOf(machine, first, graceSeconds);
    signal.throwIfAborted();
    return judge(watch, first === 'over' ? undefined : end, machine.clock());
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
    for (const listener of deaf) listener();
  }
}

function endOf(
  machine: RunningMachine,
  first: 'reached' | 'over' | MachineEnd,
  graceSeconds: number,
): Promise<MachineEnd> {
  if (first === 'reached' && graceSeconds > 0) return machine.powerOff(graceSeconds);
  return first === 'reached' || first === 'over' ? machine.kill() : machine.ended;
}
