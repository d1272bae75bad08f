import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastSetting, listSetting, parseUnitFile } from './unit-file.ts';

const UNIT = `# comment
[Unit]
Description=Say \\
   hello
; another comment
After=a.service  b.service
After=c.service

[Install]
WantedBy=x.target
WantedBy=
WantedBy=y.target "z.target"
WantedBy=y.target
Alias =  other.service
nonsense
`;

test('settings come in order, continued lines are joined, comments are none', () => {
  const settings = parseUnitFile(UNIT);
  assert.deepEqual(settings[0], { section: 'Unit', key: 'Description', value: 'Say  hello' });
  assert.equal(settings.length, 8);
});

test('lists add up over lines, and an empty assignment forgets what came before', () => {
  const settings = parseUnitFile(UNIT);
  assert.deepEqual(listSetting(settings, 'Unit', 'After'), ['a.service', 'b.service', 'c.service']);
  assert.deepEqual(listSetting(settings, 'Install', 'WantedBy'), ['y.target', 'z.target']);
  assert.deepEqual(listSetting(settings, 'Install', 'RequiredBy'), []);
});

test('of a setting that is given once, the last counts', () => {
  const settings = parseUnitFile('[Service]\nExecStart=/a\nExecStart=\nExecStart=/b c\nType=\n');
  assert.equal(lastSetting(settings, 'Service', 'ExecStart'), '/b c');
  assert.equal(lastSetting(settings, 'Service', 'Type'), undefined);
});

test('a continuation at the end of the file is no setting and no error', () => {
  assert.deepEqual(parseUnitFile('[Unit]\nAfter=a \\'), []);
});
