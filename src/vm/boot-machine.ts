import { AshlarError } from '../model/error.ts';
import { Feed } from './feed.ts';
import type { PortForward } from './machine-options.ts';
import { type MachinePlan, qemuArguments } from './qemu-arguments.ts';
import { type QmpClient, type QmpEvent, qmpClient } from './qmp-client.ts';
import type { MachineEnd, MachineEvent, RunningMachine } from './running-machine.ts';
import { serialConsole } from './serial-console.ts';
import { type EmulatorProcess, startEmulator } from './start-emulator.ts';

/** Events kept to be waited for; a machine that resets for ever makes many. */
const EVENTS_KEPT = 1_000;

/** A press of the power button is lost on a system that does not listen yet: one that says it is up may start logind only then. */
const PRESS_AGAIN_MILLISECONDS = 3_000;

/** An event with the mark that a wait has taken it. */
type Happening = { readonly event: MachineEvent; taken: boolean };

/**
 * Switches a machine on.
 *
 * @throws AshlarError `emulator-failed` when QEMU does not start, with what it says.
 */
export async function bootMachine(plan: MachinePlan, serialLog: string | undefined): Promise<RunningMachine> {
  const started = performance.now();
  const clock = (): number => Math.round(performance.now() - started) / 1000;
  const emulator = await startEmulator(plan.emulator, qemuArguments(plan));
  const serial = serialConsole(emulator.serial, clock, serialLog);
  const secondSerial = serialConsole(emulator.secondSerial, clock, undefined);
  const events = new Feed<Happening>(EVENTS_KEPT);
  const listeners = new Set<(event: MachineEvent) => void>();
  let end: MachineEnd | undefined;

  const control = qmpClient(emulator.control, (told) => {
    if (told.name === 'STOP') void endIfBroken(control, fail);
    end ??= endOf(told);
    const event = machineEvent(told, clock());
    if (event === undefined) return;
    events.append({ event, taken: false });
    for (const listener of listeners) listener(event);
  });
  const fail = (complaint: string): void => {
    end ??= { kind: 'failed', complaint };
    emulator.kill();
  };

  const ended = emulator.ended.then(({ status, complaint }) => {
    const how: MachineEnd = end ?? { kind: 'failed', complaint: complaint.trim() || `QEMU ended with ${status}` };
    const reason = (): AshlarError => gone(how);
    serial.close(reason);
    secondSerial.close(reason);
    events.close(reason);
    return how;
  });

  const forwards = await start(control, emulator, plan, ended);

  const kill = (): Promise<MachineEnd> => {
    end ??= { kind: 'stopped' };
    emulator.kill();
    return ended;
  };

  return {
    pid: emulator.pid,
    serial,
    secondSerial,
    forwards,
    ended,
    clock,
    kill,
    expectEvent: (kind, seconds, signal) => {
      const late = (): AshlarError =>
        new AshlarError('guest-silent', `The machine did not tell '${kind}' within ${seconds} s.`, {
          hint: 'The serial log tells how far the guest came.',
        });
      return events.next((happening) => take(happening, kind), seconds * 1000, late, signal);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async reset() {
      await control.execute('system_reset');
    },
    async powerOff(seconds) {
      const timer = setTimeout(() => void kill(), seconds * 1000);
      // A machine that has just ended refuses: that is what was wanted.
      const press = (): void => void control.execute('system_powerdown').catch(() => {});
      press();
      const again = setInterval(press, PRESS_AGAIN_MILLISECONDS);
      const how = await ended;
      clearInterval(again);
      clearTimeout(timer);
      return how;
    },
  };
}

/** Lets the guest go, once QEMU has said which ports it took; with QEMU gone, says why. */
async function start(
  control: QmpClient,
  emulator: EmulatorProcess,
  plan: MachinePlan,
  ended: Promise<MachineEnd>,
): Promise<readonly PortForward[]> {
  try {
    const forwards = plan.network.kind === 'user' ? await takenPorts(control, plan.network.forwards) : [];
    await control.execute('cont');
    return forwards;
  } catch (error) {
    emulator.kill();
    const how = await ended;
    const complaint = how.kind === 'failed' ? how.complaint : how.kind;
    throw new AshlarError('emulator-failed', `QEMU did not start: ${complaint}`, {
      hint: 'A forwarded port may be in use, a disk image unreadable, or memory short.',
      cause: error,
    });
  }
}

/** A line of `info usernet`: `TCP[HOST_FORWARD]  11  127.0.0.1 40123  10.0.2.15  80  0  0`. */
const FORWARD = /^\s*TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)\s/gm;

async function takenPorts(control: QmpClient, forwards: readonly PortForward[]): Promise<readonly PortForward[]> {
  if (forwards.length === 0) return [];
  const table = String(await control.execute('human-monitor-command', { 'command-line': 'info usernet' }));
  const taken = [...table.matchAll(FORWARD)].map(([, host, guest]) => ({ host: Number(host), guest: Number(guest) }));
  return forwards.map(({ host, guest }) => {
    const index = taken.findIndex((port) => port.guest === guest && (host === 0 || port.host === host));
    const [found] = taken.splice(index, 1);
    if (index === -1 || found === undefined) {
      throw new AshlarError('emulator-failed', `QEMU does not forward port ${guest}.`, { hint: 'Report this.' });
    }
    return found;
  });
}

/** QEMU stops a guest by itself only when it cannot go on (KVM's internal error, a disk of the host that is full). */
async function endIfBroken(control: QmpClient, fail: (complaint: string) => void): Promise<void> {
  try {
    const answer = await control.execute('query-status');
    const status = typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
    if (status === 'internal-error') fail('the accelerator stopped in an internal error');
    if (status === 'io-error') fail('a disk of the machine could not be written: the host may have no room');
  } catch {
    // It has ended already; `ended` tells how.
  }
}

/** What QEMU's last words mean (qapi/run-state.json, ShutdownCause). */
function endOf({ name, data }: QmpEvent): MachineEnd | undefined {
  if (name !== 'SHUTDOWN') return undefined;
  switch (data['reason']) {
    case 'guest-shutdown':
      return { kind: 'powered-off' };
    case 'guest-reset':
      return { kind: 'reset' };
    default:
      return { kind: 'stopped' };
  }
}

function machineEvent({ name, data }: QmpEvent, at: number): MachineEvent | undefined {
  switch (name) {
    case 'RESET':
      return { kind: 'reset', by: data['guest'] === true ? 'guest' : 'host', at };
    case 'GUEST_PANICKED':
      return { kind: 'panicked', at };
    case 'WATCHDOG':
      return { kind: 'watchdog', at };
    case 'SHUTDOWN':
      if (data['reason'] === 'guest-reset') return { kind: 'reset', by: 'guest', at };
      return data['guest'] === true ? { kind: 'powered-off', at } : undefined;
    default:
      return undefined;
  }
}

function take<Kind extends MachineEvent['kind']>(
  happening: Happening,
  kind: Kind,
): Extract<MachineEvent, { readonly kind: Kind }> | undefined {
  const { event } = happening;
  if (happening.taken || !isKind(event, kind)) return undefined;
  happening.taken = true;
  return event;
}

function isKind<Kind extends MachineEvent['kind']>(
  event: MachineEvent,
  kind: Kind,
): event is Extract<MachineEvent, { readonly kind: Kind }> {
  return event.kind === kind;
}

function gone(how: MachineEnd): AshlarError {
  const why = how.kind === 'failed' ? `it failed: ${how.complaint}` : `it has ended (${how.kind})`;
  return new AshlarError('guest-stopped', `Of the machine nothing more is to be expected: ${why}.`, {
    hint: 'The serial log tells what led to it.',
  });
}
