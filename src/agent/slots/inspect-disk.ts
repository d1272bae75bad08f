import type { DiskView, TableCondition } from '../../engine/disk-view.ts';
import type { ParsedPartitionTable } from '../../formats/gpt/parse-table.ts';
import { compareLoaderEntries, type LoaderEntry } from '../../formats/loader-order.ts';
import { type EntryFile, readEspFiles } from './esp-files.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout } from './slot-layout.ts';

/**
 * What the disk holds and what the loader would start, from the partition table and the ESP alone. Throws `partition-table-invalid`,
 * `disk-unsupported`, `image-corrupt` when the ESP is no FAT volume any more.
 */
export function inspectDisk({ device, esp, running }: SlotDisk): DiskView {
  esp.sync();
  const layout = readSlotLayout(device);
  const { volume, files } = readEspFiles(device, layout.esp);
  return {
    slots: layout.slots.map(({ index, content, data, tree }) => ({
      index,
      content,
      dataBytes: data.size,
      treeBytes: tree.size,
      running: content.kind === 'release' && content.rootHash === running,
    })),
    entries: files.flatMap(({ file, standing, identity, checked }) =>
      standing.kind !== 'entry'
        ? []
        : [{ file, ...standing.entry, rootHash: identity?.rootHash, bytes: checked.record.size }],
    ),
    leftovers: files
      .filter(({ standing }) => standing.kind === 'temporary' || standing.kind === 'nameless')
      .map(({ path, checked }) => ({ path, bytes: checked.record.size })),
    esp: {
      freeBytes: volume.freeClusters * volume.boot.clusterBytes,
      clusterBytes: volume.boot.clusterBytes,
      writable: esp.writable(),
    },
    table: tableCondition(layout.parsed),
    next: nextEntry(files)?.file,
  };
}

/** What systemd-boot would start: a boot image of any name that ends in `.efi`, and whose `.osrel` can be read. */
export function nextEntry(files: readonly EntryFile[]): EntryFile | undefined {
  const candidates = files.flatMap((file) => {
    const { standing, identity } = file;
    if (identity === undefined || !file.file.toLowerCase().endsWith('.efi')) return [];
    const entry: LoaderEntry = {
      file: file.file,
      name: identity.name ?? '',
      version: identity.version ?? '',
      tries: standing.kind === 'entry' ? standing.entry.tries : undefined,
    };
    return [{ file, entry }];
  });
  return candidates.sort((a, b) => compareLoaderEntries(a.entry, b.entry))[0]?.file;
}

function tableCondition({ copies, primary, backup }: ParsedPartitionTable): TableCondition {
  switch (copies) {
    case 'equal':
      return { kind: 'sound' };
    case 'differ':
      return { kind: 'repairable', damaged: 'backup', why: 'the backup says something else than the primary' };
    case 'primary-only':
      return { kind: 'repairable', damaged: 'backup', why: backup.valid ? '' : backup.why };
    case 'backup-only':
      return { kind: 'repairable', damaged: 'primary', why: primary.valid ? '' : primary.why };
  }
}
