import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DefinitionError } from '../model/definition/definition-error.ts';
import { AshlarError } from '../model/error.ts';
import { errorReportSchema } from './error-report-schema.ts';
import { errorReport } from './render-error.ts';

const PLACE = { file: 'os.yaml', line: 2, column: 3, excerpt: '  a: b', width: 1 };

test('what is printed of an error follows the published schema', () => {
  const finding = { severity: 'error', rule: 'syntax', message: 'No.', hint: 'Yes.', place: PLACE, path: 'a' } as const;
  for (const error of [
    new AshlarError('usage', 'No.', { hint: 'Yes.' }),
    new AshlarError('usage', 'No.', { hint: 'Yes.', place: PLACE }),
    new DefinitionError('os.yaml', [finding]),
  ]) {
    const printed: unknown = JSON.parse(JSON.stringify(errorReport(error)));
    assert.deepEqual(errorReportSchema.parse(printed), printed);
  }
});
