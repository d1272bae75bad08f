import { join } from 'node:path';
import { CLEAN_SHUTDOWN_PATH, DEADLINE_PATH, HEALTHY_PATH } from '../model/device-files.ts';
import { IMAGE_GENERATION_PATH } from '../model/image-generation.ts';
import { BUILT_IN_ROOT_PATH, UPDATE_CONFIG_PATH } from '../model/update-config.ts';

/** Where an agent finds and keeps things. On a device these are fixed; a test lays them below a folder of its own. */
export interface DevicePaths {
  /** The definition's `updates`, as the image has it. */
  readonly config: string;
  /** The root of trust in the image. */
  readonly builtInRoot: string;
  /** Name, version, health checks and layout of what the image was built as. */
  readonly imageGeneration: string;
  readonly osRelease: string;
  /** The mounted EFI system partition. */
  readonly esp: string;
  readonly efiVariables: string;
  /** Kernel messages of panics: where the kernel shows them, and where systemd-pstore takes them. */
  readonly pstore: readonly string[];
  readonly commandLine: string;
  readonly bootId: string;
  readonly watchdogs: string;
  /** What units of the image leave for the agent, and it for them (`src/model/device-files.ts`). */
  readonly cleanShutdown: string;
  readonly deadlinePassed: string;
  readonly healthy: string;
  /** Mode 0700, on `/var`. */
  readonly state: string;
  /** TUF metadata, the newest root of trust among them. */
  readonly trust: string;
  readonly journal: string;
  /** A folder for each release that is, or was, on the disk: `<name>_<version>/manifest.json`. */
  readonly generations: string;
  /** What is known of failures, one file each. */
  readonly reports: string;
  /** What is being downloaded, a folder by root hash. */
  readonly scratch: string;
  /** Where the last release that was asked for by hand comes from. */
  readonly medium: string;
  /** A file whose time of change is the last time seen. */
  readonly lastSeen: string;
  readonly run: string;
  readonly socket: string;
}

/** The paths of a device whose files lie below `root`. */
export function devicePaths(root = '/'): DevicePaths {
  const at = (path: string): string => join(root, path);
  const state = at('/var/lib/ashlar');
  const run = at('/run/ashlar');
  return {
    config: at(UPDATE_CONFIG_PATH),
    builtInRoot: at(BUILT_IN_ROOT_PATH),
    imageGeneration: at(IMAGE_GENERATION_PATH),
    osRelease: at('/usr/lib/os-release'),
    esp: at('/efi'),
    efiVariables: at('/sys/firmware/efi/efivars'),
    pstore: [at('/sys/fs/pstore'), at('/var/lib/systemd/pstore')],
    commandLine: at('/proc/cmdline'),
    bootId: at('/proc/sys/kernel/random/boot_id'),
    watchdogs: at('/sys/class/watchdog'),
    cleanShutdown: at(CLEAN_SHUTDOWN_PATH),
    deadlinePassed: at(DEADLINE_PATH),
    healthy: at(HEALTHY_PATH),
    state,
    trust: join(state, 'trust'),
    journal: join(state, 'journal.jsonl'),
    generations: join(state, 'generations'),
    reports: join(state, 'reports'),
    scratch: join(state, 'scratch'),
    medium: join(state, 'medium'),
    lastSeen: join(state, 'last-seen'),
    run,
    socket: join(run, 'agent.sock'),
  };
}
