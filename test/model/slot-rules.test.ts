/** The rules of writing a slot that do not bend, each over the model of a disk: what is refused leaves everything as it was. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commitSlot } from '../../src/agent/slots/commit-slot.ts';
import { giveTryBack, markBad, markProven } from '../../src/agent/slots/count-entry.ts';
import { readEspFiles } from '../../src/agent/slots/esp-files.ts';
import { inspectDisk } from '../../src/agent/slots/inspect-disk.ts';
import { installEntry } from '../../src/agent/slots/install-entry.ts';
import { readBack } from '../../src/agent/slots/read-back.ts';
import { recoverDisk } from '../../src/agent/slots/recover-disk.ts';
import { retireSlot } from '../../src/agent/slots/retire-slot.ts';
import { readSlotLayout } from '../../src/agent/slots/slot-layout.ts';
import { writeSlot } from '../../src/agent/slots/write-slot.ts';
import { writeTable } from '../../src/agent/slots/write-table.ts';
import { sha256 } from '../../src/model/digest.ts';
import { ModelDisk } from './model-disk.ts';
import { arm, modelMachine } from './model-machine.ts';
import { Bench, FACTS, NEW, OLD, OLDER, RELEASES, RUNNING, TRIES } from './update-story.ts';

const PADDING = 2;
const bench = (): Bench =>
  new Bench(modelMachine([RUNNING, { release: OLDER, entry: 'sample_1.efi' }], RELEASES, PADDING), 'file-first');
const emptied = (): Bench => new Bench(modelMachine([RUNNING, 'empty'], RELEASES, PADDING), 'file-first');
const written = ({ disk }: Bench): number => disk.epochs.flat().length;

describe('a disk is looked at', () => {
  test('slots, entries and what starts next', () => {
    const view = inspectDisk(bench().hands(OLD));
    assert.deepEqual(
      view.slots.map(({ content, running }) => [content.kind === 'release' && content.version, running]),
      [
        ['2', true],
        ['1', false],
      ],
    );
    assert.deepEqual(
      view.entries.map(({ file, rootHash }) => [file, rootHash]),
      [
        ['sample_1.efi', OLDER.rootHash],
        ['sample_2.efi', OLD.rootHash],
      ],
    );
    assert.equal(view.next, 'sample_2.efi');
    assert.deepEqual(view.table, { kind: 'sound' });
    assert.deepEqual(view.leftovers, []);
    assert.ok(view.esp.writable && view.esp.freeBytes > 0 && view.esp.clusterBytes === 4096);
  });

  test('an empty slot, and halves that do not belong together', () => {
    const its = emptied();
    assert.deepEqual(inspectDisk(its.hands(OLD)).slots[1]?.content, { kind: 'empty' });
    const { tree } = readSlotLayout(its.disk).slots[1]!;
    writeTable(its.disk, new Map([[tree.index, { uuid: its.random(), label: 'sample_9' }]]));
    assert.equal(inspectDisk(its.hands(OLD)).slots[1]?.content.kind, 'unknown');
    retireSlot(its.hands(OLD), 1, its.random);
    assert.deepEqual(inspectDisk(its.hands(OLD)).slots[1]?.content, { kind: 'empty' });
  });

  test('a disk that is none of ours', () => {
    assert.throws(() => readSlotLayout(new ModelDisk(8 << 20, [])), { code: 'partition-table-invalid' });
  });
});

describe('refused, and nothing is written', () => {
  test('giving up what runs', () => {
    const its = bench();
    assert.throws(() => retireSlot(its.hands(OLD), 0, its.random), { code: 'slot-not-free', message: /that runs/ });
    assert.equal(written(its), 0);
  });

  test('writing into a slot that was not given up', async () => {
    const its = bench();
    const pieces = [{ part: 'data', offset: 0, bytes: NEW.image }] as const;
    await assert.rejects(writeSlot(its.hands(OLD), 1, pieces), { code: 'slot-not-free' });
    await assert.rejects(writeSlot(its.hands(OLD), 0, pieces), { code: 'slot-not-free' });
    await assert.rejects(writeSlot(its.hands(OLD), 2, pieces), { code: 'disk-unsupported' });
    assert.equal(written(its), 0);
  });

  test('more than the partition holds', async () => {
    const its = emptied();
    const pieces = [{ part: 'tree', offset: 1 << 20, bytes: Buffer.alloc(512) }] as const;
    await assert.rejects(writeSlot(its.hands(OLD), 1, pieces), { code: 'image-larger-than-slot' });
    assert.equal(written(its), 0);
  });

  test('naming a slot that is not empty, and one image in two slots', () => {
    const its = bench();
    assert.throws(() => commitSlot(its.hands(OLD), 1, NEW), { code: 'slot-not-free' });
    const other = emptied();
    assert.throws(() => commitSlot(other.hands(OLD), 1, OLD), { code: 'partition-table-invalid' });
    assert.equal(written(its) + written(other), 0);
  });

  test('arming what no slot holds', async () => {
    const its = emptied();
    await assert.rejects(arm(its.hands(OLD), NEW, TRIES), { code: 'slot-not-free' });
    assert.equal(written(its), 0);
  });

  test('an aborted write', async () => {
    const its = emptied();
    const pieces = [{ part: 'data', offset: 0, bytes: NEW.image }] as const;
    await assert.rejects(writeSlot(its.hands(OLD), 1, pieces, AbortSignal.abort(new Error('stopped'))), /stopped/);
    assert.equal(written(its), 0);
  });
});

describe('read back', () => {
  const expected = { rootHash: NEW.rootHash, salt: NEW.salt, imageBytes: NEW.image.length };
  const filled = async (): Promise<Bench> => {
    const its = emptied();
    await writeSlot(its.hands(OLD), 1, [
      { part: 'tree', offset: 0, bytes: NEW.tree },
      { part: 'data', offset: 0, bytes: NEW.image },
    ]);
    return its;
  };

  test('what was written is told by its bytes', async () => {
    let read = 0;
    await readBack((await filled()).hands(OLD), 1, expected, { onProgress: (bytes) => (read += bytes) });
    assert.equal(read, NEW.image.length + NEW.tree.length - 4096);
  });

  for (const part of ['data', 'tree'] as const) {
    test(`one flipped bit of ${part}`, async () => {
      const its = await filled();
      const place = readSlotLayout(its.disk).slots[1]![part].start + 4096;
      const sector = its.disk.read(place, 512);
      sector[77]! ^= 1;
      its.disk.write(place, sector);
      await assert.rejects(readBack(its.hands(OLD), 1, expected), { code: 'slot-not-verified' });
    });
  }

  test('another release', async () => {
    await assert.rejects(readBack((await filled()).hands(OLD), 0, expected), { code: 'slot-not-verified' });
  });
});

describe('boot entries', () => {
  test('a boot image that is not what the manifest says is not armed', async () => {
    const its = emptied();
    commitSlot(its.hands(OLD), 1, NEW);
    const wrong = { size: NEW.uki.length, sha256: sha256('something else'), content: () => [NEW.uki] };
    await assert.rejects(installEntry(its.hands(OLD), NEW, TRIES, wrong), { code: 'slot-not-verified' });
    const view = inspectDisk(its.hands(OLD));
    assert.deepEqual([view.next, view.leftovers], ['sample_2.efi', []]);
  });

  test('one that does not fit is refused with the numbers', async () => {
    const its = emptied();
    commitSlot(its.hands(OLD), 1, NEW);
    const huge = { size: 2 ** 31, sha256: sha256(''), content: () => [] };
    await assert.rejects(installEntry(its.hands(OLD), NEW, TRIES, huge), {
      code: 'esp-too-small',
      message: /2147483648/,
    });
  });

  test('one that is there is renamed, and not written again', async () => {
    const its = bench();
    await its.update();
    markBad(its.hands(OLD), NEW);
    assert.equal(inspectDisk(its.hands(OLD)).next, 'sample_2.efi');
    const never = { size: NEW.uki.length, sha256: sha256(NEW.uki), content: () => assert.fail('it was written again') };
    await installEntry(its.hands(OLD), NEW, TRIES, never);
    assert.equal(inspectDisk(its.hands(OLD)).next, `sample_4+${TRIES}.efi`);
  });

  test('a start is counted, given back, proven, condemned', async () => {
    const its = bench();
    await its.update();
    const next = () => inspectDisk(its.hands(NEW)).next;
    its.esp.renameByFirmware('EFI/Linux/sample_4+3.efi', 'EFI/Linux/sample_4+2-1.efi');
    giveTryBack(its.hands(NEW), NEW);
    assert.equal(next(), 'sample_4+3.efi');
    giveTryBack(its.hands(NEW), NEW);
    assert.equal(next(), 'sample_4+3.efi');
    markProven(its.hands(NEW), NEW);
    assert.equal(next(), 'sample_4.efi');
    markBad(its.hands(NEW), NEW);
    assert.equal(next(), 'sample_2.efi');
  });
});

test('what another system put on the ESP stays', async () => {
  const its = bench();
  await its.esp.write('EFI/Linux/rescue.efi', [Buffer.from('of another system')]);
  await its.update();
  await recoverDisk(its.hands(OLD), FACTS);
  const { files } = readEspFiles(its.disk, readSlotLayout(its.disk).esp);
  assert.ok(files.some(({ file }) => file === 'rescue.efi'));
});

test('a sound disk is not written by recovery', async () => {
  const its = bench();
  assert.deepEqual(await recoverDisk(its.hands(OLD), FACTS), []);
  assert.equal(written(its), 0);
});
