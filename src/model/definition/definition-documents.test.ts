import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { definitionDocuments } from '../../../scripts/definition-documents.ts';

for (const [path, text] of definitionDocuments()) {
  it(`${path} is current`, () => {
    assert.equal(
      readFileSync(join(import.meta.dirname, '../../..', path), 'utf8'),
      text,
      'run `npm run docs` and commit what it writes',
    );
  });
}
