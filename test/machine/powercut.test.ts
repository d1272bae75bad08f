/**
 * The power goes, and the disk loses, tears or reorders what no flush had covered. First a file system that is written to all the time; then the update of a
 * system at seeded moments: each time a proven release comes up, and in the end the new one does. `ASHLAR_POWERCUTS` says how often (`npm run
 * test:powercut`: 20), `ASHLAR_POWERCUT_SEED` where the seeds begin.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { randomFrom } from '../../src/model/random.ts';
import { copyDisk } from '../../src/vm/copy-disk.ts';
import { guestShell } from '../../src/vm/guest-shell.ts';
import { makeMachine } from '../../src/vm/machine.ts';
import { serveDisk } from '../../src/vm/nbd/nbd-server.ts';
import { machineJobs } from '../../src/vm/preflight/machine-jobs.ts';
import { makePrivateRepository } from '../../src/vm/preflight/private-repository.ts';
import { makeStages } from '../../src/vm/preflight/stages.ts';
import { powerCutTrial } from '../../src/vm/preflight/trials/power-cut.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';
import { updatableReleases } from './updatable-releases.ts';

const RUNS = Number(process.env['ASHLAR_POWERCUTS'] ?? 2);
const FIRST_SEED = Number(process.env['ASHLAR_POWERCUT_SEED'] ?? 1);
/** So many writes into the guest's loop the power goes: the first few flushes are behind it. */
const CUT_AFTER_WRITES = 400;

const STATUS = /ashlar-status: image=minimal version=\S+ verified=yes/;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'powercut-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('a file system that is written to comes back with what was synced', async (t) => {
  using release = await exampleRelease('minimal');
  const image = join(folder, 'minimal.raw');
  await copyDisk(release.disk, image, undefined);
  await using server = await serveDisk(image);
  await using machine = await makeMachine({
    disks: [{ image, writes: 'direct', server: server.socket }],
    ...ONE_PROCESSOR,
  });
  const first = await machine.boot();
  await first.serial.expect(STATUS, BOOT_SECONDS);
  const shell = await guestShell(first.serial, BOOT_SECONDS);
  await shell.read('echo kept >/var/synced && sync');
  const cutting = server.cutAt(
    { after: 'writes', count: CUT_AFTER_WRITES },
    () => first.kill(),
    randomFrom(FIRST_SEED),
  );
  first.serial.send(
    'i=0; while :; do i=$((i+1)); head -c 40000 /dev/urandom >/var/loop.$((i % 50)); [ $((i % 7)) -ne 0 ] || sync; done\n',
  );
  const cut = await cutting;
  t.diagnostic(`seed ${FIRST_SEED}: ${cut.kept} writes kept, ${cut.torn} torn, ${cut.lost} lost`);
  assert.ok(cut.kept + cut.torn + cut.lost > 0, 'nothing was in the cache');
  const second = await machine.boot();
  await second.serial.expect(STATUS, BOOT_SECONDS);
  const again = await guestShell(second.serial, BOOT_SECONDS);
  assert.match(await again.read('cat /run/ashlar/boot.log'), /recovering journal/);
  assert.equal(await again.read('cat /var/synced'), 'kept');
  await again.read('touch /var/writable');
  await second.kill();
});

test('an update that is cut anywhere ends on a proven release, and then reaches the new one', {
  concurrency: machineJobs(),
}, async (t) => {
  const { release, previous } = await updatableReleases();
  const repository = await makePrivateRepository({
    releases: [previous, release],
    channels: ['stable'],
    folder: join(folder, 'repository'),
    now: new Date(),
  });
  const stagesFor = makeStages({ release, previous, repository, folder });
  const seeds = Array.from({ length: RUNS }, (_, index) => FIRST_SEED + index);
  const runs = seeds.map((seed) =>
    t.test(`seed ${seed}`, async (run) => {
      const own = join(folder, `seed-${seed}`);
      mkdirSync(own);
      const log = join(own, 'serial.log');
      try {
        const seen = await powerCutTrial.run({
          release,
          previous,
          repository: repository.image,
          stages: stagesFor(() => {}),
          folder: own,
          log,
          random: randomFrom(seed),
        });
        run.diagnostic(`seed ${seed}: ${seen}`);
      } catch (error) {
        const kept = join(tmpdir(), `powercut-seed-${seed}.log`);
        copyFileSync(log, kept);
        run.diagnostic(`seed ${seed} failed; its serial log is ${kept}`);
        throw error;
      } finally {
        rmSync(own, { recursive: true, force: true });
      }
    }),
  );
  await Promise.all(runs);
});
