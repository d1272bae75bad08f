import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDiskImage } from '../../build/disk/write-disk-image.ts';
import { copyDisk } from '../copy-disk.ts';
import { healthSeconds } from './deadlines.ts';
import { harnessOf } from './harness.ts';
import { must } from './trial-failure.ts';
import { type TriedMachineOptions, withTriedMachine } from './tried-machine.ts';
import { type TriedRelease, theOneBefore } from './tried-release.ts';
import { updateNow } from './update-now.ts';
import { writeVarFiles } from './var-files.ts';

/** A machine that is switched off: trials go on from here, each on a copy. */
export interface Stage {
  /** Raw. */
  readonly disk: string;
  readonly firmwareVariables: string;
}

/** What machines of a release look like at certain points; each is made once, when the first trial asks. */
export interface Stages {
  /** Installed from its disk image, started once and switched off; the harness is in its /var. */
  installed(release: TriedRelease): Promise<Stage>;
  /** The release before, which has written the new one and restarted into it: the next start is the new release's first. */
  armed(): Promise<Stage>;
  /** The new release, proven, and switched off. */
  proven(): Promise<Stage>;
}

export interface StagesOptions {
  readonly release: TriedRelease;
  readonly previous: TriedRelease | undefined;
  /** The private repository, when there is something to update to. */
  readonly repository: { readonly image: string; readonly root: Buffer } | undefined;
  /** A folder for disks and logs. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/** Written into /var before the update; it must be there ever after. */
export const MARKER_PATH = '/var/lib/ashlar-preflight-marker';

/** The stages as one trial sees them: `note` is called with the log of every stage that the trial rests on, oldest first. */
export type StagesFor = (note: (log: string) => void) => Stages;

export function makeStages(options: StagesOptions): StagesFor {
  const { release, previous, repository, folder, signal } = options;
  const known = new Map<string, Promise<Stage>>();
  const logOf = (name: string): string => join(folder, `${name}.log`);
  /** Makes the stage `name` unless it has been, or is being, made. */
  const once = (name: string, make: (stage: Stage) => Promise<void>): Promise<Stage> => {
    const stage = { disk: join(folder, `${name}.raw`), firmwareVariables: join(folder, `${name}.fd`) };
    const making = known.get(name) ?? make(stage).then(() => stage);
    known.set(name, making);
    return making;
  };
  const machine = (name: string, stage: Stage, tried: TriedRelease, harness: boolean): TriedMachineOptions => ({
    disk: { image: stage.disk, writes: 'direct', cache: 'unsafe' },
    repository: harness ? repository?.image : undefined,
    commandLine: tried.manifest.boot.commandLine,
    harness,
    firmwareVariables: stage.firmwareVariables,
    onReset: 'exit',
    serialLog: logOf(name),
    parent: folder,
    signal,
  });

  return (note) => {
    const installed = (tried: TriedRelease): Promise<Stage> => {
      const name = `installed-${tried.manifest.version}`;
      note(logOf(name));
      return once(name, async (stage) => {
        const { manifest, directory } = tried;
        await writeDiskImage({ manifest, directory, out: stage.disk, durable: false, signal });
        await withTriedMachine(machine(name, stage, tried, false), async ({ up, off }) => {
          await up(manifest.version);
          await off();
        });
        const versions = [release, ...(previous === undefined ? [] : [previous])];
        await writeVarFiles(stage.disk, harnessOf(versions, repository?.root), signal);
      });
    };

    const armed = (): Promise<Stage> => {
      const from = theOneBefore(options);
      const before = installed(from);
      note(logOf('armed'));
      return once('armed', async (stage) => {
        await copyStage(await before, stage);
        await withTriedMachine(machine('armed', stage, from, true), async (tried) => {
          await tried.up(from.manifest.version);
          const shell = await tried.shell();
          await tried.healthy(shell, healthSeconds(from));
          await shell.read(`echo kept >${MARKER_PATH} && sync ${MARKER_PATH}`);
          await updateNow(tried, shell);
        });
      });
    };

    const proven = (): Promise<Stage> => {
      const before = armed();
      note(logOf('proven'));
      return once('proven', async (stage) => {
        await copyStage(await before, stage);
        await withTriedMachine(machine('proven', stage, release, true), async (tried) => {
          await tried.up(release.manifest.version);
          const shell = await tried.shell();
          await tried.healthy(shell, healthSeconds(release));
          must(
            (await shell.exec(`cat ${MARKER_PATH}`)).output === 'kept\n',
            'a file in /var did not survive the update',
          );
          await tried.off();
        });
      });
    };

    return { installed, armed, proven };
  };
}

async function copyStage(from: Stage, to: Stage): Promise<void> {
  await copyDisk(from.disk, to.disk, undefined);
  copyFileSync(from.firmwareVariables, to.firmwareVariables);
}
