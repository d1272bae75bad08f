/** The whole agent over a modelled disk and a real repository: releases come, are tried, are kept or undone; whatever goes wrong, it boots. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { DeviceSession } from '../../src/agent/daemon/device-session.ts';
import { NOW } from '../../src/build/publish/sample-release.fixture.ts';
import { WEEKDAYS } from '../../src/model/weekday.ts';
import { ask, DAY, entriesOf, phase, scene, updateAndStart, V2, V3 } from './agent-scene.ts';

test('a release is installed, tried, and kept; the one before stays as the way back', async (t) => {
  const made = await scene(t);
  const { device, publish } = made;
  await publish(V2);
  const session = await updateAndStart(made);
  const state = await phase(session, 'proven');
  assert.equal(device.running.version, '2');
  assert.equal(state.proven.version, '2');
  assert.equal(state.wayBack?.version, '1');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2.efi']);
  assert.ok(device.called.includes('systemctl start systemd-bless-boot.service'));
  assert.ok(statSync(device.paths.healthy).isFile());
  assert.deepEqual(readdirSync(device.paths.generations).sort(), ['web_2']);
  const report = await session.report();
  assert.deepEqual(
    report.history.map(({ what }) => what),
    ['proven', 'started', 'armed', 'staged', 'update-began'],
  );
  assert.equal((await ask(session, { mode: 'check' })).outcome, 'nothing-newer');
});

test('a release whose health fails is undone, remembered with its cause, and not tried again', async (t) => {
  const made = await scene(t);
  const { device, publish, folder } = made;
  const timing = { interval: 10, timeout: 1000, successes: 1 };
  await publish(V2, { healthChecks: { ready: { kind: 'file', path: join(folder, 'never'), ...timing } } });
  device.config = { ...device.config, probation: { ...device.config.probation, deadlineSeconds: uptime() + 25 } };
  await updateAndStart(made);
  assert.equal(device.running.version, '2');
  await device.restarted();
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2+0-1.efi']);
  await device.reboot();
  const session = await device.start();
  const state = await phase(session, 'proven');
  assert.equal(device.running.version, '1');
  assert.equal(state.lastFailure?.cause.kind, 'health');
  assert.match(state.lastFailure?.cause.summary ?? '', /“ready”/);
  assert.equal(state.quarantine[0]?.generation.version, '2');
  const kept = JSON.parse(readFileSync(join(device.paths.reports, state.lastFailure?.report ?? ''), 'utf8'));
  assert.match(kept.cause.details.join('\n'), /no such file/);
  const again = await ask(session, { mode: 'install' });
  assert.equal(again.outcome, 'nothing-newer');
  const report = await session.report();
  assert.match(report.considered.find(({ version }) => version === '2')?.words ?? '', /set aside/);
  // A person may let it be tried again.
  rmSync(join(folder, 'out'), { recursive: true });
  assert.equal((await ask(session, { mode: 'install', again: '2' })).outcome, 'restarting');
});

test('rollback by hand takes one restart and no repository', async (t) => {
  const made = await scene(t);
  const { device, publish, repository } = made;
  await publish(V2);
  const session = await updateAndStart(made);
  await phase(session, 'proven');
  rmSync(repository, { recursive: true });
  await session.conductor.send({ kind: 'rollback-asked', reason: 'a test' });
  await device.restarted();
  await device.reboot();
  const state = await phase(await device.start(), 'proven');
  assert.equal(device.running.version, '1');
  assert.match(state.lastFailure?.cause.summary ?? '', /by hand: a test/);
});

/** Of the loader of version 2. */
function loaderBytes(folder: string): number {
  return JSON.parse(readFileSync(join(folder, 'out/2/manifest.json'), 'utf8')).boot.loader.size;
}

test('--download-only holds, --check only looks, and what is held can be started', async (t) => {
  const { device, publish, folder } = await scene(t);
  await publish(V2);
  const session = await device.start();
  const looked = await ask(session, { mode: 'check' });
  assert.deepEqual([looked.outcome, looked.version, session.conductor.state.phase.kind], ['available', '2', 'proven']);
  const { plan } = looked;
  assert.equal(plan?.slot, 1);
  assert.equal(plan.copyBytes, V2.image.length / 2, 'the half that both versions share');
  const files = V2.uki.length + loaderBytes(folder) + V2.image.length / 2;
  assert.ok((plan.fetchBytes ?? 0) >= files && (plan.fetchBytes ?? 0) <= files + V2.tree.length, `${plan.fetchBytes}`);
  assert.ok(plan.space.every(({ neededBytes, freeBytes }) => neededBytes > 0 && neededBytes <= freeBytes));
  assert.match(plan.steps.join('; '), /fetch its files.*give up slot 1, which is empty.*restart into web 2/);
  assert.equal((await ask(session, { mode: 'download' })).outcome, 'staged');
  assert.deepEqual(entriesOf(device), ['web_1.efi']);
  await device.reboot('power-cut');
  assert.equal(device.running.version, '1');
  const next = await device.start();
  assert.equal((await ask(next, { mode: 'now' })).outcome, 'restarting');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2+3.efi']);
});

test('--download-only while the schedule’s update is on its way: it is held, and started when a person says so', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  await session.conductor.send({ kind: 'check-started', by: 'schedule' });
  await phase(session, 'downloading');
  assert.equal((await ask(session, { mode: 'download' })).outcome, 'staged');
  assert.deepEqual(entriesOf(device), ['web_1.efi']);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
});

test('stopped at any event of an update and started again, it goes on to the same end', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  let stops = 0;
  for (let at = 1; ; at++) {
    const device = made.another(`stopped-${at}`);
    const session = await device.start();
    const reached = Promise.withResolvers<'stop'>();
    let events = 0;
    session.conductor.onEvent(() => {
      events += 1;
      if (events === at) reached.resolve('stop');
    });
    const end = await Promise.race([reached.promise, device.restarted().then(() => 'restarted'), begin(session)]);
    if (end === 'stop') {
      stops += 1;
      await device.stop();
      const again = await device.start();
      // Only a check that was not journaled is forgotten.
      if (again.conductor.state.phase.kind === 'proven') {
        await again.conductor.send({ kind: 'check-started', by: 'operator' });
      }
      await device.restarted();
    }
    await device.reboot();
    await phase(await device.start(), 'proven');
    assert.equal(device.running.version, '2');
    await device.stop();
    if (end !== 'stop') break;
  }
  assert.ok(stops >= 8, `it was stopped at ${stops} events only`);
  t.diagnostic(`stopped at each of ${stops} events`);
});

/** Asks for an update when nothing is under way; never returns: what comes is told by events. */
async function begin({ conductor }: DeviceSession): Promise<never> {
  if (conductor.state.phase.kind === 'proven') await conductor.send({ kind: 'check-started', by: 'operator' });
  return new Promise(() => {});
}

test('a power cut in the middle of a download: it goes on from what is on the disk', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  await session.conductor.send({ kind: 'check-started', by: 'operator' });
  await phase(session, 'downloading');
  await device.reboot('power-cut');
  assert.equal(device.running.version, '1');
  await device.start();
  await device.restarted();
  await device.reboot();
  assert.equal(device.running.version, '2');
});

test('expired metadata pass for a reason that is given, and log and history have it', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  made.clock += 1000 * DAY;
  const session = await made.device.start();
  const came = await ask(session, { mode: 'install', allowExpired: 'the vendor is gone' });
  assert.equal(came.outcome, 'restarting');
  assert.ok(made.device.said.some((line) => line.includes('the vendor is gone')));
  const { history } = await session.report();
  assert.match(history.find(({ what }) => what === 'update-began')?.words ?? '', /had expired: the vendor is gone$/);
});

test('a clock at 1970 does not make old metadata fresh, nor keep fresh ones out', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const first = await made.device.start();
  assert.equal((await ask(first, { mode: 'check' })).outcome, 'available');
  made.clock = 0;
  const second = await made.device.start();
  assert.ok(second.device.now() >= NOW.getTime());
  assert.equal((await ask(second, { mode: 'check' })).outcome, 'available');
});

test('from a directory by hand, with no repository configured, and nothing nags', async (t) => {
  const made = await scene(t);
  const { device, publish, repository } = made;
  await publish(V2);
  device.config = { ...device.config, repositories: [] };
  const session = await device.start();
  const report = await session.report();
  assert.equal(report.updates, undefined);
  assert.deepEqual([report.warnings, report.waiting], [[], []]);
  assert.equal((await ask(session, { mode: 'install', from: repository })).outcome, 'restarting');
  await device.restarted();
  await device.reboot();
  await phase(await device.start(), 'proven');
  assert.equal(device.running.version, '2');
});

test('what waits for its window and is withdrawn is let go; a person may restart without the window', async (t) => {
  const made = await scene(t);
  const { device, publish } = made;
  await publish(V2);
  const noon = { days: [...WEEKDAYS], start: '12:00', lengthSeconds: 60, timeZone: 'UTC' };
  device.config = { ...device.config, windows: [noon] };
  const session = await device.start();
  const waits = await ask(session, { mode: 'install' });
  assert.equal(waits.outcome, 'armed');
  assert.match(waits.reasons[0]?.message ?? '', /window opens at 2030-01-01T12:00/);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'armed');
  await made.withdraw('2');
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'nothing-newer');
  assert.deepEqual(entriesOf(device), ['web_1.efi']);
  await publish(V3);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'armed');
  assert.equal((await ask(session, { mode: 'now' })).outcome, 'restarting');
});

test('a pin keeps what is newer away', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const session = await made.device.start();
  await session.conductor.send({ kind: 'pinned', version: '1', reason: 'a fair' });
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'nothing-newer');
  await session.conductor.send({ kind: 'unpinned' });
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
});

test('a journal that was lost proves nothing: what is counted is on probation again', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const { device } = made;
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
  await device.reboot();
  rmSync(device.paths.journal);
  rmSync(device.paths.generations, { recursive: true });
  mkdirSync(device.paths.generations);
  await phase(await device.start(), 'proven');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2.efi']);
});
