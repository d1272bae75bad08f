import assert from 'node:assert/strict';
import { formatBootEntry, parseBootEntry } from '../../../src/formats/boot-entry.ts';
import { parseSlotLabel, slotLabel } from '../../../src/formats/gpt/slot-label.ts';
import { compareLoaderEntries } from '../../../src/formats/loader-order.ts';
import { compareVersions } from '../../../src/formats/version-order.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** Names in `EFI/Linux` and labels of partitions, one a line: whoever can write to the disk names them, and the greatest is started. */
const target: FuzzTarget = {
  name: 'boot-names',
  seeds: () => [
    Buffer.from('web_1.efi\nweb_1.2+3.efi\nweb_1.2~rc1+2-1.efi\nWEB~1.EFI\nweb_10^20260101+0-3.EFI\n_empty\nweb_1.2'),
    Buffer.from('a_0.efi\na_00.efi\na_0-1.efi\na_0.1+999999999-999999999.efi\nauto-reboot\na_1..1.efi\na_1~~.efi'),
  ],
  run(input) {
    const files = input.toString('utf8').split('\n');
    const entries = files.map((file) => {
      const { name = '', version = '', tries } = parseBootEntry(file) ?? {};
      return { file, name, version, tries };
    });
    for (const { file, ...entry } of entries) {
      // What was read has a name, and it is read again as the same.
      if (entry.name !== '') assert.deepEqual(parseBootEntry(formatBootEntry(entry)), entry);
      const label = parseSlotLabel(file);
      if (label !== undefined) assert.equal(slotLabel(label), file);
    }
    for (const [index, entry] of entries.entries()) {
      const other = entries[(index + 1) % entries.length]!;
      assert.equal(
        Math.sign(compareVersions(entry.version, other.version)) +
          Math.sign(compareVersions(other.version, entry.version)),
        0,
      );
      const order = Math.sign(compareLoaderEntries(entry, other)) + Math.sign(compareLoaderEntries(other, entry));
      assert.equal(order, 0);
    }
  },
};

export default target;
