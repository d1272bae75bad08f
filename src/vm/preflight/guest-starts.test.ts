import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import type { MachineEnd, RunningMachine } from '../running-machine.ts';
import { serialConsole } from '../serial-console.ts';
import { guestStarts } from './guest-starts.ts';

const STATUS = 'ashlar-status: image=web version=2 verified=yes read-only=yes boot-chain=not-enforced\n';

/** A machine that is nothing but its console: what is written to `port` is what it says. */
function machine() {
  const port = new PassThrough();
  const end = Promise.withResolvers<MachineEnd>();
  const serial = serialConsole(port, () => 1, undefined);
  const running: Pick<RunningMachine, 'serial' | 'ended'> = { serial, ended: end.promise };
  return { port, end: end.resolve, starts: guestStarts(running) };
}

test('systems come up one after another, with what went wrong before each', async () => {
  const { port, starts } = machine();
  port.write(`[    1.0] Kernel panic - not syncing: out of luck\n${STATUS}`);
  port.write('<2>ashlar: nothing\nashlar: cannot boot: no partition has the UUID x. Restarting.\n');
  port.write(STATUS.replace('version=2', 'version=1'));
  const first = await starts.next(5);
  assert.deepEqual([first.status.version, first.troubles], ['2', ['the kernel panicked: out of luck']]);
  const second = await starts.next(5);
  assert.deepEqual(second.troubles, ['the boot image gave up: no partition has the UUID x']);
  assert.equal(second.status.version, '1');
});

test('a machine that ends, or says nothing, tells what it came to', async () => {
  const quiet = machine();
  await assert.rejects(quiet.starts.next(0.01), { code: 'guest-silent' });
  const dead = machine();
  dead.port.write('Kernel panic - not syncing: it is over\n');
  await new Promise((resolve) => setImmediate(resolve));
  dead.end({ kind: 'stopped' });
  await assert.rejects(dead.starts.next(5), { code: 'guest-stopped', message: /stopped.*it is over/ });
});
