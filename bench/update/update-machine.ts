import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type StoryDevice, startStoryDevice } from '../../scripts/story/story-device.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import type { GuestShell } from '../../src/vm/guest-shell.ts';
import type { GuestStart } from '../../src/vm/preflight/guest-starts.ts';
import type { Workshop } from '../build/workshop.ts';
import type { BuiltShop } from './update-site.ts';

/** How long something may take before the machine is taken for dead, in seconds: ten times what it takes on a quiet host. */
export const START_SECONDS = 900;
export const INSTALL_SECONDS = 3_600;

/** What the agent notes in its log after its first look for releases; the next one is hours away. */
const LOOKED = 'journalctl -b -u ashlar-agent.service --output=cat | grep -q ^nothing-newer';

/** A machine that updates itself when it is told to. */
export interface UpdateMachine extends AsyncDisposable {
  readonly device: StoryDevice;
  /** A shell in the system that is at rest. */
  readonly shell: GuestShell;
  /** Waits until `version` is up; returns the starts until then, that one included. */
  up(version: string): Promise<readonly GuestStart[]>;
  /** Waits until the agent of what is up is at rest: it is proven, and its first look for releases over. */
  atRest(): Promise<void>;
}

/** Switches a new machine on; its serial log is kept in the workshop as `<name>.log`. */
export async function startUpdateMachine(
  workshop: Workshop,
  name: string,
  { directory, manifest }: BuiltShop,
): Promise<UpdateMachine> {
  const folder = workshop.fresh(`${name}-machine`);
  const disk = join(folder, 'disk.raw');
  const serialLog = join(workshop.kept('logs'), `${name}.log`);
  rmSync(serialLog, { force: true });
  await writeDiskImage({ manifest, directory, out: disk, durable: false });
  workshop.settle(`${name}: a machine starts`);
  const device = await startStoryDevice({ disk, commandLine: manifest.boot.commandLine, serialLog, parent: folder });
  let shell: GuestShell | undefined;
  return {
    device,
    get shell() {
      if (shell === undefined) throw new TypeError('nobody has taken over the console of the system that runs');
      return shell;
    },
    async up(version) {
      shell = undefined;
      const starts: GuestStart[] = [];
      do starts.push(await device.next(INSTALL_SECONDS));
      while (starts.at(-1)?.status.version !== version);
      return starts;
    },
    async atRest() {
      shell ??= await device.shell();
      await shell.until(LOOKED, START_SECONDS);
    },
    async [Symbol.asyncDispose]() {
      await device[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
