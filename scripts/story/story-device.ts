import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { makeMachine } from '../../src/vm/machine.ts';
import { type GuestStart, guestStarts } from '../../src/vm/preflight/guest-starts.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { shownOnSerial } from '../../src/vm/shown-on-serial.ts';

/** The machine of the story, switched on. */
export interface StoryDevice extends AsyncDisposable {
  readonly running: RunningMachine;
  /** Where its page is, on this host. */
  readonly page: string;
  /** The next system that comes up. */
  next(seconds: number): Promise<GuestStart>;
  /** Takes over the console of the system that is up: somebody sits at it. */
  shell(): Promise<GuestShell>;
}

export interface StoryDeviceOptions {
  /** A raw disk, which is written to. */
  readonly disk: string;
  readonly commandLine: string;
  readonly serialLog: string;
  readonly parent: string;
}

const HTTP_PORT = 80;
/** From the status line to the prompt, on a busy host. */
const PROMPT_SECONDS = 120;

/** Switches a machine on that reaches the host's network, with a watchdog, and its page led to a port of this host. */
export async function startStoryDevice(options: StoryDeviceOptions): Promise<StoryDevice> {
  const machine = await makeMachine({
    disks: [{ image: options.disk, writes: 'direct', cache: 'unsafe' }],
    // See test/machine/one-processor.ts.
    processors: 1,
    network: { kind: 'user', outbound: true, forwards: [{ host: 0, guest: HTTP_PORT }] },
    watchdog: true,
    firmwareStrings: shownOnSerial(options.commandLine),
    serialLog: options.serialLog,
    parent: options.parent,
  });
  try {
    const running = await machine.boot();
    const starts = guestStarts(running);
    return {
      running,
      page: `http://127.0.0.1:${running.forwards[0]?.host}/`,
      next: (seconds) => starts.next(seconds),
      shell: () => {
        // Versions before it may have panicked, which is not its end.
        running.serial.passOver();
        return guestShell(running.serial, PROMPT_SECONDS);
      },
      [Symbol.asyncDispose]: () => machine.close(),
    };
  } catch (error) {
    await machine.close();
    throw error;
  }
}
