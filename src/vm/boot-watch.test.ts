import assert from 'node:assert/strict';
import test from 'node:test';
import { type BootWatch, judge, NOTHING_SEEN, seeEvent, seeOutput, seeSign } from './boot-watch.ts';
import type { GuestSign, GuestStatus } from './guest-sign.ts';
import type { RunEvent } from './run-event.ts';
import type { MachineEnd, MachineEvent } from './running-machine.ts';

const STATUS: GuestStatus = { name: 'm', version: '1', verified: true, readOnly: true, bootChainEnforced: false };
const KERNEL: GuestSign = { kind: 'stage', stage: 'kernel' };
const READY: GuestSign = { kind: 'ready', status: STATUS };
const PANIC: GuestSign = { kind: 'panic', reason: 'why' };
const FAILED: GuestSign = { kind: 'boot-failed', reason: 'no disk' };
const RESET = { reset: 'guest' } as const;

type Happening = GuestSign | { readonly reset: 'guest' | 'host' } | { readonly machine: 'panicked' | 'watchdog' };

/** Lets things happen a second apart. */
function story(...happenings: readonly Happening[]): { watch: BootWatch; tells: RunEvent[] } {
  let watch = NOTHING_SEEN;
  const tells: RunEvent[] = [];
  for (const [index, happening] of happenings.entries()) {
    const at = index + 1;
    const step = 'kind' in happening ? seeSign(watch, happening, at) : seeEvent(watch, machineEvent(happening, at));
    watch = step.watch;
    tells.push(...step.tells);
  }
  return { watch, tells };
}

function machineEvent(happening: Exclude<Happening, GuestSign>, at: number): MachineEvent {
  return 'reset' in happening ? { kind: 'reset', by: happening.reset, at } : { kind: happening.machine, at };
}

const OFF: MachineEnd = { kind: 'powered-off' };

const VERDICTS: readonly {
  name: string;
  happened: readonly Happening[];
  end: MachineEnd | undefined;
  verdict: string;
  reason: RegExp;
}[] = [
  {
    name: 'up and powered off',
    happened: [KERNEL, READY],
    end: OFF,
    verdict: 'good',
    reason: /came up and powered off/,
  },
  { name: 'up and ended by us', happened: [READY], end: { kind: 'stopped' }, verdict: 'good', reason: /came up/ },
  {
    name: 'a restart that was asked for',
    happened: [READY, RESET, READY],
    end: OFF,
    verdict: 'good',
    reason: /came up/,
  },
  {
    name: 'reset by the host',
    happened: [KERNEL, { reset: 'host' }, READY],
    end: OFF,
    verdict: 'good',
    reason: /came up/,
  },
  {
    name: 'the loader enrols keys and restarts',
    happened: [{ kind: 'stage', stage: 'loader' }, { kind: 'keys-enrolled' }, RESET, READY],
    end: OFF,
    verdict: 'good',
    reason: /came up/,
  },
  {
    name: 'keys were enrolled, and then a restart out of nothing',
    happened: [{ kind: 'keys-enrolled' }, RESET, KERNEL, RESET],
    end: OFF,
    verdict: 'failed',
    reason: /before it was up/,
  },
  { name: 'off too early', happened: [KERNEL], end: OFF, verdict: 'failed', reason: /before it was up.*kernel/ },
  { name: 'not up in time', happened: [], end: undefined, verdict: 'failed', reason: /not up in time.*nothing/ },
  {
    name: 'panic',
    happened: [KERNEL, PANIC, RESET],
    end: { kind: 'stopped' },
    verdict: 'failed',
    reason: /panicked: why/,
  },
  {
    name: 'panic once up',
    happened: [READY, PANIC, RESET, READY],
    end: OFF,
    verdict: 'failed',
    reason: /panicked: why/,
  },
  { name: 'silent panic', happened: [READY, { machine: 'panicked' }], end: OFF, verdict: 'failed', reason: /panicked/ },
  {
    name: 'watchdog',
    happened: [READY, { machine: 'watchdog' }, RESET],
    end: OFF,
    verdict: 'failed',
    reason: /watchdog/,
  },
  { name: 'boot image gave up', happened: [FAILED, RESET], end: OFF, verdict: 'failed', reason: /no disk/ },
  {
    name: 'restart out of nothing',
    happened: [KERNEL, RESET],
    end: OFF,
    verdict: 'failed',
    reason: /before it was up/,
  },
  {
    name: 'up, restarted, not up again',
    happened: [READY, RESET],
    end: OFF,
    verdict: 'failed',
    reason: /before it was up/,
  },
  {
    name: 'emulator failed',
    happened: [READY],
    end: { kind: 'failed', complaint: 'out of memory' },
    verdict: 'failed',
    reason: /out of memory/,
  },
  {
    name: 'up but not verified',
    happened: [{ kind: 'ready', status: { ...STATUS, verified: false } }],
    end: OFF,
    verdict: 'unverified',
    reason: /not verified$/,
  },
];

for (const { name, happened, end, verdict, reason } of VERDICTS) {
  test(`verdict: ${name}`, () => {
    const exit = judge(story(...happened).watch, end, 99);
    assert.equal(exit.verdict, verdict);
    assert.match(exit.reason, reason);
  });
}

test('tells each stage once and never backwards, and the seconds since the last reset', () => {
  const { tells } = story(KERNEL, { kind: 'stage', stage: 'loader' }, KERNEL, READY, READY, RESET, KERNEL, READY);
  assert.deepEqual(
    tells.map((tell) => [tell.event, tell.at]),
    [
      ['kernel', 1],
      ['ready', 4],
      ['reboot', 6],
      ['kernel', 7],
      ['ready', 8],
    ],
  );
  assert.deepEqual(tells.map((tell) => (tell.event === 'ready' ? tell.seconds : undefined)).filter(Boolean), [4, 2]);
});

test('the first output is the firmware’s', () => {
  const { watch, tells } = seeOutput(NOTHING_SEEN, 2);
  assert.deepEqual(tells, [{ event: 'firmware', at: 2 }]);
  assert.deepEqual(seeOutput(watch, 3).tells, []);
});

test('an unexpected restart ends the watch, an expected one does not', () => {
  assert.equal(story(KERNEL, RESET).watch.over, true);
  assert.equal(story(READY, RESET).watch.over, false);
});
