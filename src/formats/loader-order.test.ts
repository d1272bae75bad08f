import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBootEntry } from './boot-entry.ts';
import { compareLoaderEntries, type LoaderEntry } from './loader-order.ts';

/** First to last, as the loader lists them. */
const ORDERS: Record<string, readonly string[]> = {
  'the newer version first': ['a_1.10.efi', 'a_1.9.efi', 'a_1.9~rc1.efi'],
  'a counter does not matter as long as tries are left': ['a_2+1-2.efi', 'a_1.efi'],
  'what has no tries left comes last, however new': ['a_1.efi', 'a_3+0-3.efi', 'a_2+0.efi'],
  'two names of one release: more tries left first': ['a_2+3.efi', 'a_2+2-1.efi', 'a_2.efi', 'a_2+0-3.efi'],
  'by name before version': ['a_1.efi', 'b_2.efi'],
};

for (const [name, files] of Object.entries(ORDERS)) {
  test(name, () => {
    const entries = files.map((file): LoaderEntry => ({ file, ...parseBootEntry(file)! }));
    assert.deepEqual(
      entries
        .toReversed()
        .sort(compareLoaderEntries)
        .map(({ file }) => file),
      files,
    );
  });
}
