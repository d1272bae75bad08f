/**
 * Real firmware, loader and kernel judge the oracle of `test/model`: disks in states that a power cut may leave are switched on, and what starts
 * is what it said, down to the name that the loader gives the entry. `ASHLAR_CRASH_STATES` says how many (`npm run test:crash-states`: 30),
 * `ASHLAR_CRASH_SEED` which.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { commitSlot } from '../../src/agent/slots/commit-slot.ts';
import { markBad, markProven } from '../../src/agent/slots/count-entry.ts';
import { readEspFiles } from '../../src/agent/slots/esp-files.ts';
import { installEntry } from '../../src/agent/slots/install-entry.ts';
import { retireSlot } from '../../src/agent/slots/retire-slot.ts';
import { readSlotLayout } from '../../src/agent/slots/slot-layout.ts';
import { writeSlot } from '../../src/agent/slots/write-slot.ts';
import { DIRECTORY_ENTRY_BYTES } from '../../src/formats/fat/directory-entry.ts';
import { FIRST_CLUSTER, SECTOR_BYTES } from '../../src/formats/fat/geometry.ts';
import { uuid } from '../../src/formats/uuid.ts';
import type { Sha256 } from '../../src/model/digest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { type Random, randomFrom } from '../../src/model/random.ts';
import { makeMachine } from '../../src/vm/machine.ts';
import { type BootOutcome, bootOutcome, type KnownBytes } from '../model/boot-oracle.ts';
import { type CrashState, drawCrashState } from '../model/crash-states.ts';
import { ModelDisk, type SectorLayer, type Sectors } from '../model/model-disk.ts';
import { ModelEsp } from '../model/model-esp.ts';
import { DiskFile, writeCrashDisk } from './crash-disk.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { type ExampleRelease, exampleRelease } from './example-release.ts';
import { minimalRelease } from './minimal-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const STATES = Number(process.env['ASHLAR_CRASH_STATES'] ?? 3);
const SEED = Number(process.env['ASHLAR_CRASH_SEED'] ?? 1);
const NEW_VERSION = '1.0.1';
const TRIES = 3;
const FREE_SLOT = 1;
/** Makes the kernel say which command line it has, and that the root was opened; the boot images themselves are quiet. */
const LOUD = 'io.systemd.stub.kernel-cmdline-extra=loglevel=7';

interface Release {
  readonly directory: string;
  readonly manifest: Manifest;
}

let old: ExampleRelease;
let newer: Release;
let file: DiskFile;
let diskBytes: number;
let folder: string;
let known: KnownBytes;
before(async () => {
  old = await exampleRelease('minimal');
  newer = await minimalRelease(NEW_VERSION);
  file = new DiskFile(old.disk);
  diskBytes = statSync(old.disk).size;
  folder = mkdtempSync(join(tmpdir(), 'crash-states-'));
  const releases = [old, newer];
  known = {
    loaders: new Set(releases.map(({ manifest }) => manifest.boot.loader.sha256)),
    bootImages: new Map(
      releases.map(({ manifest: { boot, root } }) => [
        boot.uki.sha256,
        { rootHash: root.hash, imageBytes: root.image.size, treeBytes: root.tree.size },
      ]),
    ),
  };
});
after(() => {
  file?.[Symbol.dispose]();
  old?.[Symbol.dispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The old release's disk under a model, on which a script is played. */
class Stage {
  readonly disk: ModelDisk;
  readonly esp: ModelEsp;
  readonly layers: readonly SectorLayer[];

  constructor(over: readonly Sectors[]) {
    this.layers = [file, ...over];
    this.disk = new ModelDisk(diskBytes, this.layers);
    const { start, size } = readSlotLayout(this.disk).esp;
    this.esp = new ModelEsp(this.disk, start, size, 'deletion-first');
  }

  hands(running: Sha256) {
    return { device: this.disk, esp: this.esp, running };
  }
}

const generation = ({ manifest }: Release) => ({
  name: manifest.name,
  version: manifest.version,
  rootHash: manifest.root.hash,
});

/** What happens between two moments that a machine may be switched on in. */
interface Script {
  readonly name: string;
  /** What the disk has been through before. */
  readonly prepare: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void> | void;
}

/** So many entries in `EFI/Linux` that the names which follow span two sectors. */
const pad = async ({ esp }: Stage, entries: number): Promise<void> => {
  await esp.write(`EFI/Linux/${'a'.repeat((entries - 1) * 13)}`, [Buffer.from('of another system')]);
};

const fill = async ({ disk }: Stage): Promise<void> => {
  const { directory, manifest } = newer;
  const pieces = (['data', 'tree'] as const).map((part) => ({
    part,
    offset: 0,
    bytes: readFileSync(join(directory, (part === 'data' ? manifest.root.image : manifest.root.tree).name)),
  }));
  await writeSlot({ device: disk }, FREE_SLOT, pieces);
};

const arm = async (stage: Stage): Promise<void> => {
  const { uki } = newer.manifest.boot;
  const image = { ...uki, content: () => [readFileSync(join(newer.directory, uki.name))] };
  await installEntry(stage.hands(old.manifest.root.hash), generation(newer), TRIES, image);
};

const commit = ({ disk }: Stage): void => commitSlot({ device: disk }, FREE_SLOT, generation(newer));

const armed = async (stage: Stage, padding: number): Promise<void> => {
  await pad(stage, padding);
  await fill(stage);
  commit(stage);
  await arm(stage);
};

const SCRIPTS: readonly Script[] = [
  {
    name: 'commit and arm',
    prepare: async (stage) => {
      await pad(stage, 6);
      await fill(stage);
    },
    act: async (stage) => {
      commit(stage);
      await arm(stage);
    },
  },
  {
    name: 'give up a slot whose release is bad',
    prepare: async (stage) => {
      await armed(stage, 3);
      markBad(stage.hands(old.manifest.root.hash), generation(newer));
    },
    act: (stage) => {
      let number = 0;
      const random = () => uuid(`aaaaaaaa-0000-4000-8000-${String(++number).padStart(12, '0')}`);
      retireSlot(stage.hands(old.manifest.root.hash), FREE_SLOT, random);
    },
  },
  {
    name: 'bless',
    prepare: (stage) => armed(stage, 9),
    act: (stage) => markProven(stage.hands(newer.manifest.root.hash), generation(newer)),
  },
  {
    name: 'mark bad',
    prepare: (stage) => armed(stage, 6),
    act: (stage) => markBad(stage.hands(newer.manifest.root.hash), generation(newer)),
  },
  {
    // No order of ours leaves this: the oracle must know what does not boot as well.
    name: 'arm what no slot holds',
    prepare: async (stage) => {
      await fill(stage);
      commit(stage);
      await arm(stage);
    },
    act: ({ disk, esp }) => {
      const random = randomFrom(SEED);
      const digits = () => Array.from({ length: 12 }, () => random.below(10)).join('');
      retireSlot({ device: disk, esp: withoutRemoving(esp), running: old.manifest.root.hash }, FREE_SLOT, () =>
        uuid(`bbbbbbbb-0000-4000-8000-${digits()}`),
      );
    },
  },
  {
    // A zero entry before a name, as a lost sector leaves it: Linux reads on behind it, firmware must not.
    name: 'a gap before the name',
    prepare: (stage) => armed(stage, 2),
    act: ({ disk }) => {
      const { esp } = readSlotLayout(disk);
      const { volume, files } = readEspFiles(disk, esp);
      const { record, directory } = files.find(({ identity }) => identity?.version === NEW_VERSION)!.checked;
      const at = (record.entries.first - 1) * DIRECTORY_ENTRY_BYTES;
      const offset =
        esp.start + volume.boot.dataOffset + (directory.clusters[0]! - FIRST_CLUSTER) * volume.boot.clusterBytes;
      const place = offset + Math.floor(at / SECTOR_BYTES) * SECTOR_BYTES;
      const sector = disk.read(place, SECTOR_BYTES);
      sector[at % SECTOR_BYTES] = 0;
      disk.write(place, sector);
      disk.flush();
    },
  },
];

/** An ESP on which nothing is ever removed. */
function withoutRemoving(esp: ModelEsp): ModelEsp {
  esp.remove = () => {};
  esp.empty = () => {};
  return esp;
}

for (let index = 0; index < STATES; index++) {
  const random = randomFrom(SEED * 1_000 + index);
  const script = SCRIPTS[index % SCRIPTS.length]!;
  test(`state ${index} of seed ${SEED}: ${script.name}`, async (context) => {
    const { state, sectors } = await drawState(script, random);
    const disk = new ModelDisk(diskBytes, [file, sectors]);
    const outcome = bootOutcome(disk, known);
    context.diagnostic(`${state.name}: ${describeOutcome(outcome)}`);
    const image = join(folder, `state-${index}.raw`);
    await writeCrashDisk(old.disk, sectors, image);
    try {
      await judge(image, outcome);
    } finally {
      rmSync(image);
    }
  });
}

/** Of the states that are drawn the first is taken that is damaged: most of them are the one before or the one after, and are known to boot. */
const DRAWS = 12;

async function drawState(
  script: Script,
  random: Random,
): Promise<{ readonly state: CrashState; readonly sectors: Sectors }> {
  const prepared = new Stage([]);
  await script.prepare(prepared);
  const before = new Map<number, Buffer>();
  for (const epoch of prepared.disk.epochs) for (const { sector, bytes } of epoch) before.set(sector, bytes);
  const stage = new Stage([before]);
  await script.act(stage);
  const untouched = new ModelDisk(diskBytes, stage.layers);
  const epochs = stage.disk.epochs.filter((writes) => writes.length > 0);
  const draw = (): CrashState =>
    drawCrashState(epochs, random.below(epochs.length), (sector) => untouched.read(sector * 512, 512), random);
  let state = draw();
  for (let draws = 1; draws < DRAWS && !isDamaged(new Map([...before, ...state.sectors])); draws++) state = draw();
  return { state, sectors: new Map([...before, ...state.sectors]) };
}

function isDamaged(sectors: Sectors): boolean {
  const disk = new ModelDisk(diskBytes, [file, sectors]);
  const layout = readSlotLayout(disk);
  return layout.parsed.copies !== 'equal' || readEspFiles(disk, layout.esp).volume.problems.length > 0;
}

/** Switches a machine on with the disk, and compares. */
async function judge(image: string, outcome: BootOutcome): Promise<void> {
  await using machine = await makeMachine({
    disks: [{ image, writes: 'direct' }],
    firmwareStrings: [LOUD],
    onReset: 'exit',
    ...ONE_PROCESSOR,
  });
  const running = await machine.boot();
  const [, rootHash] = await running.serial.expect(/ommand line: .*roothash=([0-9a-f]{64})/, BOOT_SECONDS);
  if (outcome.kind === 'boots') {
    assert.equal(rootHash, outcome.rootHash);
    await running.serial.expect(/erofs.*\(device dm-0\): mounted/, BOOT_SECONDS);
  } else {
    await running.serial.expect(/ashlar: cannot boot: no partition has the UUID/, BOOT_SECONDS);
  }
  await running.kill();
  if (outcome.kind !== 'boots') return;
  using after = new DiskFile(image);
  const disk = new ModelDisk(diskBytes, [after]);
  const { files } = readEspFiles(disk, readSlotLayout(disk).esp);
  const now = files.filter(({ identity }) => identity?.rootHash === outcome.rootHash).map(({ file: name }) => name);
  assert.ok(now.includes(outcome.countedAs ?? outcome.file), `the entries of what was started are ${now.join()}`);
}

function describeOutcome(outcome: BootOutcome): string {
  if (outcome.kind === 'fails') return `${outcome.file} fails, ${outcome.why}`;
  const release = outcome.rootHash === old.manifest.root.hash ? 'the old release' : 'the new one';
  return `${release} starts from ${outcome.file}`;
}
