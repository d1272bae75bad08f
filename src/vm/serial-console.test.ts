import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type SerialConsole, serialConsole } from './serial-console.ts';

const SECONDS = 60;

function connected(log?: string): { serial: SerialConsole; guest: Duplex } {
  const [ours, guest] = duplexPair();
  return { serial: serialConsole(ours, () => 1.5, log), guest };
}

test('finds lines that came, lines to come, and prompts', async () => {
  const { serial, guest } = connected();
  guest.write('one\r\ntwo\r\nlogin: ');
  assert.equal((await serial.expect(/t(w)o/, SECONDS))[1], 'w');
  await serial.expect(/login: $/, SECONDS);
  const later = serial.expect(/^three$/, SECONDS);
  guest.write('\r\nthr');
  guest.write('ee\r\n');
  await later;
});

test('what a wait has taken is not found again, what follows in the same line is', async () => {
  const { serial, guest } = connected();
  guest.write('same: ');
  await serial.expect(/same/, SECONDS);
  await assert.rejects(serial.expect(/same/, 0.001), { code: 'guest-silent' });
  guest.write('same');
  await serial.expect(/^same/, SECONDS);
});

test('a pattern with flags that keep state is as good as one without', async () => {
  const { serial, guest } = connected();
  const pattern = /a/g;
  guest.write('a\r\na\r\n');
  await serial.expect(pattern, SECONDS);
  await serial.expect(pattern, SECONDS);
});

test('says what the guest said last when it did not say what was waited for', async () => {
  const { serial, guest } = connected();
  guest.write('only this\r\n');
  await serial.expect(/only/, SECONDS);
  await assert.rejects(serial.expect(/that/, 0.001), { code: 'guest-silent', message: /\/that\/[\s\S]*only this/ });
});

test('a kernel panic ends a wait, unless it is what is waited for', async () => {
  const { serial, guest } = connected();
  const waiting = serial.expect(/login/, SECONDS);
  guest.write('[ 1.0] Kernel panic - not syncing: ');
  guest.write('out of luck\r\n');
  await assert.rejects(waiting, { code: 'guest-stopped', message: /out of luck/ });
  guest.write('[ 2.0] Kernel panic - not syncing: again\r\n');
  await serial.expect(/panic.*again/, SECONDS);
});

test('a panic that was passed over is not the end of the system that came after it', async () => {
  const { serial, guest } = connected();
  guest.write('Kernel panic - not syncing: VFS\r\nshop login: \r\n');
  await serial.expect(/panic/, SECONDS);
  guest.write('Kernel panic - not syncing: once more\r\nready\r\n');
  await setImmediate();
  serial.passOver();
  const prompt = serial.expect(/# $/, SECONDS);
  guest.write('# ');
  await prompt;
  await assert.rejects(serial.expect(/ready/, 0.001), { code: 'guest-silent' });
});

test('types to the guest and hands over its bytes as they are', async () => {
  const { serial, guest } = connected();
  const typed = new Promise((resolve) => guest.once('data', resolve));
  serial.send('reboot\n');
  assert.equal(String(await typed), 'reboot\n');
  const heard: Buffer[] = [];
  const stop = serial.onBytes((bytes) => heard.push(bytes));
  guest.write('\x1b[1mbold\r\n');
  await serial.expect(/bold/, SECONDS);
  stop();
  guest.write('more\r\n');
  await serial.expect(/more/, SECONDS);
  assert.equal(Buffer.concat(heard).toString(), '\x1b[1mbold\r\n');
});

test('logs whole lines with their seconds, and the last one when the port closes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serial-console-'));
  try {
    const log = join(folder, 'serial.log');
    const [ours, guest] = duplexPair();
    const serial = serialConsole(ours, () => 1.5, log);
    guest.write('one\r\nunfinished');
    await serial.expect(/unfinished/, SECONDS);
    const closed = new Promise((resolve) => ours.once('close', resolve));
    ours.destroy();
    await closed;
    assert.equal(readFileSync(log, 'utf8'), '[    1.500] one\n[    1.500] unfinished\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
