/** A service on a fresh /var: nginx needs directories there that only its package's factory content can give. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { makeMachine } from '../../src/vm/machine.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const PAGE = new URL('../../examples/web-server/index.html', import.meta.url);

test('nginx starts on a fresh /var and serves the page; nothing else listens', async () => {
  using release = await exampleRelease('web-server');
  await using machine = await makeMachine({
    disks: [{ image: release.disk }],
    ...ONE_PROCESSOR,
    network: {
      kind: 'user',
      outbound: false,
      forwards: [
        { host: 0, guest: 80 },
        { host: 0, guest: 22 },
      ],
    },
  });
  const running = await machine.boot();
  await running.serial.expect(/ashlar-status: image=web-server .*verified=yes read-only=yes/, BOOT_SECONDS);
  const [http, ssh] = running.forwards;
  const answer = await fetch(`http://127.0.0.1:${http!.host}/`, { signal: AbortSignal.timeout(BOOT_SECONDS * 1000) });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), readFileSync(PAGE, 'utf8'));
  await assert.rejects(fetch(`http://127.0.0.1:${ssh!.host}/`, { signal: AbortSignal.timeout(BOOT_SECONDS * 1000) }));
});
