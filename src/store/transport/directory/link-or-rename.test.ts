import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../scratch.fixture.ts';
import { linkOrRename } from './link-or-rename.ts';

/** As vfat answers; its module is not in every kernel that runs the tests. */
const withoutLinks = (): void => {
  throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
};

for (const [name, link] of [
  ['with hard links', undefined],
  ['without hard links', withoutLinks],
] as const) {
  test(`a name is given once, ${name}`, (t) => {
    const directory = scratchDirectory(t);
    const at = (file: string): string => join(directory, file);
    writeFileSync(at('first'), 'first');
    writeFileSync(at('second'), 'second');
    assert.equal(linkOrRename(at('first'), at('name'), link), true);
    assert.equal(linkOrRename(at('second'), at('name'), link), false);
    assert.equal(readFileSync(at('name'), 'utf8'), 'first');
    assert.equal(readFileSync(at('second'), 'utf8'), 'second');
    assert.throws(() => linkOrRename(at('third'), at('other'), link), { code: 'ENOENT' });
  });
}
