import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUnitName, templateOf, withInstance } from './unit-name.ts';

const NAMES: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['nginx.service', 'plain', undefined],
  ['getty@.service', 'template', undefined],
  ['getty@tty1.service', 'instance', 'getty@.service'],
  ['systemd-fsck@dev-disk-by\\x2dlabel-var.service', 'instance', 'systemd-fsck@.service'],
  ['user-.slice', 'plain', undefined],
  ['a@b@c.socket', 'instance', 'a@.socket'],
  ['nginx', undefined, undefined],
  ['nginx.conf', undefined, undefined],
  ['@x.service', undefined, undefined],
  ['a b.service', undefined, undefined],
  [`${'a'.repeat(250)}.service`, undefined, undefined],
];

for (const [name, kind, template] of NAMES) {
  test(`${name.slice(0, 60)} is ${kind ?? 'no unit'}`, () => {
    assert.equal(parseUnitName(name)?.kind, kind);
    assert.equal(templateOf(name), template);
  });
}

test('an instance replaces the one that is there', () => {
  assert.equal(withInstance('getty@.service', 'tty1'), 'getty@tty1.service');
  assert.equal(withInstance('getty@tty1.service', 'tty2'), 'getty@tty2.service');
  assert.equal(withInstance('nginx.service', 'x'), 'nginx.service');
});
