import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { definitionDocuments } from '../../../scripts/definition-documents.ts';

for (const [path, text] of definitionDocuments()) {
  it(`${path} is current`, () => {
    // Not equal(): the difference of two long documents helps nobody.
    const current = readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
    assert(current === text, 'run `npm run docs` and commit what it writes');
  });
}
