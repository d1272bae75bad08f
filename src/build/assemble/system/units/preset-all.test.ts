import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listing, treeOf } from '../tree.fixture.ts';
import { PRESET_LINKS, PRESET_TREE } from './preset.fixture.ts';
import { disableAll, presetAll } from './preset-all.ts';
import { parsePresets, presetVerdict, readPresets } from './preset-rules.ts';

test('units are enabled as systemctl preset-all would', () => {
  const tree = treeOf(PRESET_TREE);
  const links = presetAll(tree, 'system', readPresets(tree, 'system'));
  assert.deepEqual(links.map(({ path, target }) => `${path} -> ${target}`).sort(), PRESET_LINKS);
});

test('what packages enabled is thrown away, masks and files stay', () => {
  const tree = treeOf({
    '/etc/systemd/system/a.service': { link: '/usr/lib/systemd/system/b.service' },
    '/etc/systemd/system/x.target.wants/b.service': { link: '/usr/lib/systemd/system/b.service' },
    '/etc/systemd/system/y.target.wants/c.service': '[Service]\n',
    '/etc/systemd/system/m.service': { link: '/dev/null' },
    '/etc/systemd/system/own.service': '[Service]\n',
    '/etc/systemd/system/own.service.d/x.conf': '[Service]\n',
  });
  disableAll(tree, 'system');
  assert.deepEqual(listing(tree, '/etc/systemd/system/'), [
    '/etc/systemd/system/m.service -> /dev/null',
    '/etc/systemd/system/own.service',
    '/etc/systemd/system/own.service.d',
    '/etc/systemd/system/own.service.d/x.conf',
    '/etc/systemd/system/y.target.wants',
    '/etc/systemd/system/y.target.wants/c.service',
  ]);
});

test('the first rule that matches decides, and what none matches is enabled', () => {
  const rules = parsePresets(
    '# x\nenable a.service\ndisable a*\nenable t@.service one two\nignore i.service\nbogus z\n',
  );
  assert.deepEqual(presetVerdict(rules, 'a.service'), { action: 'enable', names: ['a.service'] });
  assert.deepEqual(presetVerdict(rules, 'ab.service'), { action: 'disable' });
  assert.deepEqual(presetVerdict(rules, 't@.service'), {
    action: 'enable',
    names: ['t@one.service', 't@two.service'],
  });
  assert.deepEqual(presetVerdict(rules, 'i.service'), { action: 'ignore' });
  assert.deepEqual(presetVerdict(rules, 'z.service'), { action: 'enable', names: ['z.service'] });
});
