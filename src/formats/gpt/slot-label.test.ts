import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_LABEL, parseSlotLabel, slotLabel } from './slot-label.ts';

test('a label speaks of a release, or of none', () => {
  assert.deepEqual(parseSlotLabel('web-server_1.0~rc1-2'), { name: 'web-server', version: '1.0~rc1-2' });
  assert.equal(slotLabel({ name: 'web-server', version: '1.0~rc1-2' }), 'web-server_1.0~rc1-2');
  for (const label of [EMPTY_LABEL, '', 'esp', 'a_', '_1', 'a_1_2']) assert.equal(parseSlotLabel(label), undefined);
});
