import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { RunOnDevice } from './run-on-device.ts';
import { serviceManager } from './service-manager.ts';

function recorder(): { readonly said: string[]; readonly run: RunOnDevice } {
  const said: string[] = [];
  return {
    said,
    run: async (argv, options) => {
      assert.deepEqual(options?.env, { NOTIFY_SOCKET: '/run/notify' });
      said.push(argv.slice(2).join(' '));
      return { status: 0, stdout: '', stderr: '' };
    },
  };
}

test('an agent that is stuck is not kept alive', { timeout: 10_000 }, async () => {
  const { said, run } = recorder();
  let alive = true;
  serviceManager({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '20000' }, run).keepAlive(() => alive);
  while (said.length < 2) await setTimeout(5);
  alive = false;
  said.length = 0;
  await setTimeout(100);
  assert.deepEqual(said, []);
});

test('a line is told once, and nobody is told where no service manager listens', async () => {
  const { said, run } = recorder();
  const manager = serviceManager({ NOTIFY_SOCKET: '/run/notify' }, run);
  await manager.ready();
  manager.status('all is well');
  manager.status('all is well');
  manager.keepAlive(() => true);
  assert.deepEqual(said, ['--ready', '--status=all is well']);
  const alone = recorder();
  await serviceManager({}, alone.run).ready();
  assert.deepEqual(alone.said, []);
});
