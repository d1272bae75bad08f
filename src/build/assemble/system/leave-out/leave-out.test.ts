import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefinitionInput } from '../../../../model/definition/definition-input.ts';
import { readInMemory } from '../../../../store/read-content.ts';
import { copyTree } from '../copy-tree.ts';
import { definitionOf } from '../definition.fixture.ts';
import { type Entry, EPOCH, listing, treeOf } from '../tree.fixture.ts';
import { TreeEditor } from '../tree-editor.ts';
import { leaveOut } from './leave-out.ts';
import type { LeaveOutRule } from './leave-out-rule.ts';
import { LEAVE_OUT_RULES } from './leave-out-rules.ts';

const UNITS = '/usr/lib/systemd/system';
const COMPOSED: Readonly<Record<string, Entry>> = {
  '/bin': { link: 'usr/bin' },
  '/sbin': { link: 'usr/sbin' },
  '/usr/bin/perl': '\x7fELF',
  '/usr/bin/keep.sh': '#!/bin/sh\n',
  '/usr/bin/sh': '\x7fELF',
  '/usr/bin/script.pl': '#! /usr/bin/perl -w\n',
  '/usr/bin/link.pl': { link: 'script.pl' },
  '/usr/bin/dangling': { link: 'nowhere' },
  '/usr/bin/dpkg': 'binary',
  '/usr/bin/tool': 'binary',
  '/usr/sbin/start-stop-daemon': 'binary',
  '/usr/share/doc/tool/copyright': 'licence',
  '/usr/share/doc/tool/changelog.gz': '1234567890',
  '/usr/share/locale/de/tool.mo': 'de',
  '/usr/share/locale/fr/tool.mo': 'fr',
  '/usr/lib/dpkg-tools/x': '1',
  [`${UNITS}/nginx.service`]: '[Service]\nExecStart=/usr/bin/tool\nExecStop=-/sbin/start-stop-daemon --stop\n',
  [`${UNITS}/perl-daemon.service`]: '[Service]\nExecStart=/usr/bin/script.pl\n',
  [`${UNITS}/optional.service`]: '[Service]\nExecStart=/usr/bin/tool\nExecStartPre=-/usr/bin/script.pl\n',
  [`${UNITS}/multi-user.target.wants/perl-daemon.service`]: { link: '../perl-daemon.service' },
  [`${UNITS}/debug-shell.service`]: '[Service]\nExecStart=/usr/bin/sh\n',
  [`${UNITS}/debug-shell.service.d/x.conf`]: '[Unit]\n',
  [`${UNITS}/sysinit.target.wants/debug-shell.service`]: { link: '../debug-shell.service' },
  '/var/lib/dpkg/status': `Package: dpkg
Status: install ok installed
Description: x
 more

Package: perl-base
Status: install ok installed
Provides: perl, perlapi-5.40

Package: tool
Status: install ok installed
Depends: libc6 (>= 2.3), dpkg

Package: gone
Status: deinstall ok config-files
Depends: perl-base
`,
  '/var/lib/dpkg/info/dpkg.list':
    '/.\n/usr\n/usr/bin\n/usr/bin/dpkg\n/sbin/start-stop-daemon\n/usr/lib/dpkg-tools\n/usr/lib/dpkg-tools/x\n',
  '/var/lib/dpkg/info/perl-base.list': '/.\n/usr/bin/perl\n',
};

function left(input: Partial<DefinitionInput> = {}, rules: readonly LeaveOutRule[] = LEAVE_OUT_RULES, more = {}) {
  const original = treeOf({ ...COMPOSED, ...more });
  const before = listing(original);
  const tree = new TreeEditor(copyTree(original.root, EPOCH), EPOCH, readInMemory);
  const report = leaveOut(tree, original, definitionOf(input), rules);
  assert.deepEqual(listing(original), before, 'the composed tree is as it was');
  return { has: (path: string) => tree.find(path) !== undefined, report, tree };
}

test('documentation goes, copyright notices stay', () => {
  const { has, report } = left();
  assert.ok(!has('/usr/share/doc/tool/changelog.gz') && has('/usr/share/doc/tool/copyright'));
  const documentation = report.find(({ rule }) => rule === 'documentation');
  assert.deepEqual([documentation?.entries, documentation?.bytes], [1, 10]);
});

test('a package goes with its folders; what a unit that stays runs is spared', () => {
  const { has } = left();
  assert.ok(!has('/usr/bin/dpkg') && !has('/usr/lib/dpkg-tools') && !has('/var/lib/dpkg'));
  assert.ok(has('/usr/sbin/start-stop-daemon') && has('/usr/bin'));
});

test('with an interpreter go its scripts, links to them, units that run them, and links to those', () => {
  const { has } = left();
  for (const path of ['/usr/bin/perl', '/usr/bin/script.pl', '/usr/bin/link.pl', `${UNITS}/perl-daemon.service`]) {
    assert.ok(!has(path), path);
  }
  assert.ok(!has(`${UNITS}/multi-user.target.wants/perl-daemon.service`));
  assert.ok(has(`${UNITS}/optional.service`), 'a program after "-" may be missing');
  assert.ok(has('/usr/bin/dangling'), 'it led nowhere before');
  assert.ok(has('/usr/bin/keep.sh'));
});

test('an interpreter stays when a package that stays depends on it, or the definition names it', () => {
  const status = `${COMPOSED['/var/lib/dpkg/status']}\nPackage: user\nStatus: install ok installed\nDepends: a | perl:any\n`;
  assert.ok(left({}, LEAVE_OUT_RULES, { '/var/lib/dpkg/status': status }).has('/usr/bin/perl'));
  assert.ok(left({ packages: ['perl-base'] }).has('/usr/bin/perl'));
});

test('a unit goes with drop-ins and links, unless the definition enables it', () => {
  const gone = left();
  assert.ok(!gone.has(`${UNITS}/debug-shell.service`) && !gone.has(`${UNITS}/debug-shell.service.d`));
  assert.ok(!gone.has(`${UNITS}/sysinit.target.wants/debug-shell.service`));
  assert.ok(left({ services: { enable: ['debug-shell.service'] } }).has(`${UNITS}/debug-shell.service`));
});

test('the definition keeps documentation, its locale, the package manager, or any path', () => {
  assert.ok(left({ keep: { documentation: true } }).has('/usr/share/doc/tool/changelog.gz'));
  const french = left({ locale: 'fr_FR.UTF-8' });
  assert.ok(french.has('/usr/share/locale/fr/tool.mo') && !french.has('/usr/share/locale/de'));
  assert.ok(left({ keep: { packageManager: true } }).has('/usr/bin/dpkg'));
  const kept = left({ keep: { paths: ['/usr/share/locale/de'] } });
  assert.ok(kept.has('/usr/share/locale/de/tool.mo') && !kept.has('/usr/share/locale/fr'));
});

test('every rule has a name of its own, a reason, and something to leave out', () => {
  assert.equal(new Set(LEAVE_OUT_RULES.map(({ name }) => name)).size, LEAVE_OUT_RULES.length);
  for (const rule of LEAVE_OUT_RULES) {
    assert.match(rule.name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(rule.reason, /^[A-Z].*\.$/);
    const paths = [...(rule.paths ?? []), ...(rule.except ?? [])];
    assert.ok(paths.length + (rule.units?.length ?? 0) + (rule.packages?.length ?? 0) > 0);
    for (const path of paths) assert.ok(!path.startsWith('/'), `${rule.name}: ${path}`);
  }
});
