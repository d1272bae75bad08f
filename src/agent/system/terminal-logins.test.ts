import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { type LoginPlaces, terminalLogins } from './terminal-logins.ts';

const NOBODY = '4294967295';
/** A process: its name, the number of its terminal, and what PAM gave its login. */
interface Process {
  readonly name: string;
  readonly terminal: number;
  readonly user: string;
  readonly session: string;
}
const process = (name: string, terminal: number, user: string, session: string): Process => ({
  name,
  terminal,
  user,
  session,
});

/** `ttyS0` is 4:64, and `pts/300` is 137:44. */
const TTY_S0 = (4 << 8) | 64;
const PTS_300 = (137 << 8) | 44;

function placesOf(t: { after(end: () => void): void }, processes: readonly Process[]): LoginPlaces {
  const root = mkdtempSync(join(tmpdir(), 'ashlar-logins-'));
  t.after(() => rmSync(root, { recursive: true }));
  const places = { proc: join(root, 'proc'), charDevices: join(root, 'char'), accounts: join(root, 'passwd') };
  mkdirSync(join(places.proc, 'sys'), { recursive: true });
  for (const [index, { name, terminal, user, session }] of processes.entries()) {
    const folder = join(places.proc, String(index + 1));
    mkdirSync(folder);
    writeFileSync(join(folder, 'loginuid'), user);
    writeFileSync(join(folder, 'sessionid'), session);
    writeFileSync(join(folder, 'stat'), `${index + 1} (${name}) S 1 1 1 ${terminal} -1 4194304 0\n`);
  }
  mkdirSync(join(places.charDevices, '4:64'), { recursive: true });
  writeFileSync(join(places.charDevices, '4:64', 'uevent'), 'MAJOR=4\nMINOR=64\nDEVNAME=ttyS0\n');
  writeFileSync(places.accounts, 'root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/sh\n');
  return places;
}

test('each login at a terminal is one person, whatever runs in it', (t) => {
  const places = placesOf(t, [
    process('systemd', 0, NOBODY, NOBODY),
    process('agetty', TTY_S0 + 1, NOBODY, NOBODY),
    process('login', TTY_S0, '0', '1'),
    process('bash', TTY_S0, '0', '1'),
    process('a ) S 9 9', PTS_300, '1000', '7'),
    // Left over of a login that has ended.
    process('backup', 0, '1000', '3'),
    process('sh', PTS_300 + 1, '1234', '8'),
  ]);
  assert.deepEqual(terminalLogins(places), [
    { user: 'anna', terminal: 'pts/300' },
    { user: 'user 1234', terminal: 'pts/301' },
    { user: 'root', terminal: 'ttyS0' },
  ]);
});

test('a kernel that keeps no logins tells of nobody, and a terminal without a name has its numbers', (t) => {
  const places = placesOf(t, [process('sh', 7 << 8, '0', '1')]);
  assert.deepEqual(terminalLogins(places), [{ user: 'root', terminal: '7:0' }]);
  rmSync(join(places.proc, '1', 'loginuid'));
  assert.deepEqual(terminalLogins(places), []);
});
