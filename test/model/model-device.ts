import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DeviceSession, startSession } from '../../src/agent/daemon/device-session.ts';
import type { Device } from '../../src/agent/device/device.ts';
import { deviceClock } from '../../src/agent/device/device-clock.ts';
import { type DevicePaths, devicePaths } from '../../src/agent/device-paths.ts';
import { ENTRY_FOLDER } from '../../src/agent/slots/esp-files.ts';
import { inspectDisk } from '../../src/agent/slots/inspect-disk.ts';
import type { SlotDisk } from '../../src/agent/slots/slot-disk.ts';
import type { RunOnDevice } from '../../src/agent/system/run-on-device.ts';
import { formatBootEntry } from '../../src/formats/boot-entry.ts';
import type { UpdateConfig } from '../../src/model/update-config.ts';
import { openRepository } from '../../src/store/transport/open-repository.ts';
import { directoryTrustStore } from '../../src/trust/client/trust-store.ts';
import { ModelDisk } from './model-disk.ts';
import { ModelEsp } from './model-esp.ts';
import { type ModelRelease, modelMachine } from './model-machine.ts';

/** A config that comes to its verdicts at once: the “machine” of a test was started when the host was. */
const CONFIG: UpdateConfig = {
  format: 'ashlar-update/1',
  repositories: [],
  channel: 'stable',
  checkEverySeconds: 86_400,
  jitterSeconds: 0,
  tries: 3,
  probation: { graceSeconds: 0, durationSeconds: 0, deadlineSeconds: 1e9 },
  windows: [],
  waitForLoginsSeconds: 0,
};

export interface ModelDeviceOptions {
  /** For its files. */
  readonly folder: string;
  /** All releases that it may come to run. The first one is installed. */
  readonly releases: readonly ModelRelease[];
  readonly root: Buffer;
  readonly config: Partial<UpdateConfig>;
  /** Hardware clock, milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * A device around the real agent: its disk is a model, its files lie in a folder, and of systemd there is what the agent asks for. Its loader starts what
 * `inspectDisk` says, and counts.
 */
export class ModelDevice {
  readonly paths: DevicePaths;
  config: UpdateConfig;
  running: ModelRelease;
  readonly said: string[] = [];
  /** What the programs of the system were called with. */
  readonly called: string[] = [];
  readonly #options: ModelDeviceOptions;
  readonly #disk: ModelDisk;
  readonly #esp: { readonly start: number; readonly size: number };
  #boots = 0;
  #restarted = Promise.withResolvers<void>();
  #session: DeviceSession | undefined;

  constructor(options: ModelDeviceOptions) {
    this.#options = options;
    const [first] = options.releases;
    if (first === undefined) throw new RangeError('a device runs something');
    this.running = first;
    const entry = formatBootEntry({ name: first.name, version: first.version, tries: undefined });
    const { size, sectors, esp } = modelMachine([{ release: first, entry }, 'empty'], options.releases, 2);
    this.#disk = new ModelDisk(size, [sectors]);
    this.#esp = esp;
    this.config = { ...CONFIG, ...options.config };
    this.paths = devicePaths(options.folder);
    mkdirSync(join(options.folder, 'usr/lib/ashlar/trust'), { recursive: true });
    mkdirSync(this.paths.state, { recursive: true });
    writeFileSync(this.paths.builtInRoot, options.root);
  }

  get disk(): SlotDisk {
    const esp = new ModelEsp(this.#disk, this.#esp.start, this.#esp.size, 'file-first');
    return { device: this.#disk, esp, running: this.running.rootHash };
  }

  /** Starts the agent; it goes on where the one before stopped. */
  async start(change: (device: Device) => Device = (device) => device): Promise<DeviceSession> {
    await this.#session?.stop();
    this.#session = await startSession(change(this.#device()), () => undefined);
    return this.#session;
  }

  /** Returns when the agent has told systemd to restart. */
  restarted(): Promise<void> {
    return this.#restarted.promise;
  }

  /** Switches it off, in good order or not, and lets the loader start what it would. */
  async reboot(how: 'clean' | 'power-cut' = 'clean'): Promise<void> {
    const bootId = this.#bootId();
    await this.stop();
    this.#restarted = Promise.withResolvers();
    if (how === 'clean') writeFileSync(this.paths.cleanShutdown, `${bootId}\n`);
    this.#boots += 1;
    const { next, entries } = inspectDisk(this.disk);
    const entry = entries.find(({ file }) => file === next);
    const release = this.#options.releases.find(({ rootHash }) => rootHash === entry?.rootHash);
    if (entry === undefined || release === undefined) throw new Error(`the loader finds nothing to start: ${next}`);
    if (entry.tries !== undefined && entry.tries.left > 0) {
      const tries = { left: entry.tries.left - 1, done: entry.tries.done + 1 };
      const { esp } = this.disk;
      esp.rename(`${ENTRY_FOLDER}/${entry.file}`, `${ENTRY_FOLDER}/${formatBootEntry({ ...release, tries })}`);
      esp.sync();
    }
    this.running = release;
  }

  async stop(): Promise<void> {
    await this.#session?.stop();
    this.#session = undefined;
  }

  #bootId(): string {
    return `00000000-0000-4000-8000-${String(this.#boots).padStart(12, '0')}`;
  }

  #device(): Device {
    const { name, version, rootHash } = this.running;
    return {
      paths: this.paths,
      config: this.config,
      image: {
        format: 'ashlar-generation/1',
        name,
        version,
        architecture: 'amd64',
        created: 1_700_000_000,
        disk: { espBytes: 1 << 26, slots: 2, slotBytes: 1 << 20, treeBytes: 1 << 20, varBytes: 1 << 26 },
        healthChecks: {},
      },
      running: { name, version, rootHash },
      bootId: this.#bootId(),
      trust: directoryTrustStore(this.paths.trust),
      run: this.#run,
      withDisk: async (use) => await use(this.disk),
      openSource: (place) => openRepository(place),
      now: deviceClock(this.paths.lastSeen, 1_700_000_000_000, this.#options.clock),
      random: () => 0.5,
      progress: () => {},
      log: (line) => this.said.push(line),
    };
  }

  /** systemd, as far as the agent asks: it says yes, and restarts when it is told to. */
  readonly #run: RunOnDevice = async (argv) => {
    this.called.push(argv.join(' '));
    if (argv[0] === 'systemctl' && argv[1] === 'reboot') this.#restarted.resolve();
    return { status: argv[0] === 'systemctl' ? 0 : 1, stdout: '', stderr: '' };
  };
}
