/** What a person does with releases once they are built: inspect, diff, verify, image; as the command line is called. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const REPOSITORY = join(import.meta.dirname, '../..');
const MAIN = join(REPOSITORY, 'src/cli/main.ts');

/** Two versions of one system; the second opens a shell to somebody, and has a service and a privileged program more. */
const SYSTEM = {
  name: 'verbs',
  base: { suite: 'trixie' },
  kernel: 'cloud',
  console: { serial: true, login: 'root-autologin' },
};
const VERSIONS = {
  '1.0.0': { files: { '/usr/share/verbs/motto': 'Even.' } },
  '1.1.0': {
    files: { '/usr/share/verbs/motto': 'Even better.', '/usr/bin/verbs-su': { content: '#!/bin/sh\n', mode: '4755' } },
    surface: { setuid: ['/usr/bin/verbs-su'] },
    users: { operator: { shell: '/bin/sh' } },
    units: {
      'verbs.service': {
        content: '[Service]\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\n',
        enable: true,
      },
    },
  },
};

let folder: string;
let first: string;
let second: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-verbs-'));
  // The lock of an example that asks for the same packages, so that nothing is resolved again.
  const lock = join(REPOSITORY, 'examples/minimal/ashlar.lock');
  if (existsSync(lock)) copyFileSync(lock, join(folder, 'ashlar.lock'));
  [first, second] = Object.entries(VERSIONS).map(([version, more]) => {
    writeFileSync(join(folder, 'os.json'), JSON.stringify({ ...SYSTEM, version, ...more }));
    const built = json(0, 'build', folder, '--out', join(folder, 'out'));
    return String(built['directory']);
  }) as [string, string];
});
after(() => rmSync(folder, { recursive: true, force: true }));

function ashlar(...words: string[]): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  return { status, out: stdout, error: stderr };
}

function json(status: number, ...words: string[]): Record<string, unknown> {
  const run = ashlar(...words, '--json');
  assert.equal(run.status, status, run.error);
  return JSON.parse(run.out) as Record<string, unknown>;
}

test('inspect says what a release is', () => {
  const { out } = ashlar('inspect', first);
  const { manifest } = json(0, 'inspect', first) as { manifest: { root: { hash: string }; boot: { kernel: string } } };
  assert.match(out, /^verbs 1\.0\.0 \(amd64\)/);
  assert.ok(out.includes(manifest.root.hash) && out.includes(`kernel ${manifest.boot.kernel}`));
});

test('inspect lists packages and attack surface', () => {
  const listed = json(0, 'inspect', second, '--surface', '--packages') as {
    packages: { name: string }[];
    surface: { setuid: unknown[]; shells: string[]; accounts: { name: string }[]; units: unknown[] };
  };
  assert.ok(listed.packages.some(({ name }) => name === 'systemd'));
  assert.match(JSON.stringify(listed.surface.setuid), /usr\/bin\/verbs-su/);
  assert.match(JSON.stringify(listed.surface.units), /verbs\.service/);
  assert.ok(listed.surface.accounts.some(({ name }) => name === 'operator'));
});

test('diff shows files and what became reachable, and that nothing did when nothing did', () => {
  const changed = json(0, 'diff', first, second) as {
    same: boolean;
    files: { path: string; change: string }[];
    surface: { part: string; added: string[]; removed: string[] }[];
  };
  assert.equal(changed.same, false);
  const change = (path: string) => changed.files.find((file) => file.path.replace(/^\//, '') === path)?.change;
  assert.equal(change('usr/share/verbs/motto'), 'changed');
  assert.equal(change('usr/bin/verbs-su'), 'added');
  const added = Object.fromEntries(changed.surface.map((part) => [part.part, part.added.join('\n')]));
  assert.match(added['setuid'] ?? '', /usr\/bin\/verbs-su/);
  assert.match(added['units'] ?? '', /verbs\.service/);
  assert.match(added['accounts'] ?? '', /operator/);
  assert.match(ashlar('diff', first, second).out, /\+ setuid: .*verbs-su/);

  assert.equal(json(0, 'diff', first, first)['same'], true);
  assert.match(ashlar('diff', first, first).out, /^They are the same\.$/m);
});

test('verify holds for a release and for its disk, and says which block of either is damaged', () => {
  const disk = join(folder, 'disk.raw');
  json(0, 'image', first, '-o', disk);
  assert.equal(json(0, 'verify', first)['verified'], true);
  assert.equal(json(0, 'verify', disk)['verified'], true);

  const root = join(first, 'root.erofs');
  const middle = Math.floor(statSync(root).size / 8192) * 4096;
  flip(root, middle);
  const refused = json(3, 'verify', first);
  assert.equal(refused['verified'], false);
  assert.match(JSON.stringify(refused['findings']), /root\.erofs/);
  assert.match(ashlar('verify', first).out, /not verified/);
  flip(root, middle);
  assert.equal(json(0, 'verify', first)['verified'], true);
});

/** Inverts the byte at `at`. */
function flip(path: string, at: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.of(byte[0]! ^ 0xff), 0, 1, at);
  closeSync(file);
}
