import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf } from '../definition.fixture.ts';
import { listing, treeOf } from '../tree.fixture.ts';
import { enableUnits } from './enable-units.ts';

const UNITS = '/usr/lib/systemd/system';
const INSTALLED = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';

function systemTree() {
  return treeOf({
    [`${UNITS}/multi-user.target`]: '[Unit]\n',
    [`${UNITS}/web.service`]: INSTALLED,
    [`${UNITS}/other.service`]: INSTALLED,
    [`${UNITS}/getty@.service`]: `${INSTALLED}DefaultInstance=tty1\n`,
    [`${UNITS}/static.timer`]: '[Timer]\nOnBootSec=1\n',
    [`${UNITS}/dev-hugepages.mount`]: '[Mount]\nWhat=hugetlbfs\n',
    [`${UNITS}/sysinit.target.wants/dev-hugepages.mount`]: { link: '../dev-hugepages.mount' },
    [`${UNITS}/sysinit.target.wants/dev-mqueue.mount`]: { link: '../dev-mqueue.mount' },
    '/etc/systemd/system/multi-user.target.wants/other.service': { link: `${UNITS}/other.service` },
    '/usr/lib/systemd/user/agent.socket': '[Socket]\n[Install]\nWantedBy=sockets.target\n',
    '/etc/systemd/user/sockets.target.wants/agent.socket': { link: '/usr/lib/systemd/user/agent.socket' },
  });
}

function links(tree: ReturnType<typeof systemTree>, below: string): string[] {
  return listing(tree, below).flatMap((line) => (line.includes(' -> ') ? line.slice(below.length) : []));
}

test('only what the definition or Ashlar enables starts', () => {
  const tree = systemTree();
  const definition = definitionOf({
    services: { enable: ['web.service', 'getty@tty2.service', 'getty@tty3.service'] },
  });
  enableUnits(tree, definition, []);
  assert.deepEqual(links(tree, '/etc/systemd/'), [
    `system/default.target -> ${UNITS}/multi-user.target`,
    `system/multi-user.target.wants/getty@tty2.service -> ${UNITS}/getty@.service`,
    `system/multi-user.target.wants/getty@tty3.service -> ${UNITS}/getty@.service`,
    `system/multi-user.target.wants/web.service -> ${UNITS}/web.service`,
  ]);
});

test('a unit without [Install] that is enabled is pulled in by the target of its type', () => {
  const tree = systemTree();
  enableUnits(tree, definitionOf({ services: { enable: ['static.timer'] } }), []);
  assert.deepEqual(links(tree, '/etc/systemd/system/timers'), [`.target.wants/static.timer -> ${UNITS}/static.timer`]);
});

test('what systemd starts statically and no server needs is unlinked, unless it is enabled', () => {
  const tree = systemTree();
  enableUnits(tree, definitionOf({ services: { enable: ['dev-hugepages.mount'] } }), []);
  assert.deepEqual(links(tree, `${UNITS}/`), ['sysinit.target.wants/dev-hugepages.mount -> ../dev-hugepages.mount']);
});

test('a mask wins over everything', () => {
  const tree = systemTree();
  enableUnits(tree, definitionOf({ services: { mask: ['web.service'] } }), ['web.service']);
  assert.deepEqual(links(tree, '/etc/systemd/system/web'), ['.service -> /dev/null']);
  assert.deepEqual(links(tree, '/etc/systemd/system/multi-user'), []);
});

test('a unit that is not in the image is an error with what was meant', () => {
  assert.throws(() => enableUnits(systemTree(), definitionOf({ services: { enable: ['wbe.service'] } }), []), {
    code: 'unit-unknown',
    message: /wbe\.service \(did you mean web\.service\?\)/,
  });
});
