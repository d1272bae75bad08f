import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../formats/version-order.ts';
import { sha256 } from '../../model/digest.ts';
import { failureCause } from '../failure-cause.ts';
import { channelRelease, generation } from '../sample-generations.fixture.ts';
import { type ChoiceInput, chooseRelease } from './choose-release.ts';

const INPUT: ChoiceInput = {
  running: generation('2'),
  channel: 'stable',
  releases: ['1', '2', '3', '4'].map((version) => channelRelease(version)),
  floor: undefined,
  quarantine: [],
  pin: undefined,
};
const setAside = (version: string) => ({
  generation: generation(version),
  cause: failureCause('health', 'health check “web” flaps'),
  since: 0,
});

const CASES: readonly {
  name: string;
  input: Partial<ChoiceInput>;
  chosen: string | undefined;
  verdicts?: Record<string, string>;
}[] = [
  {
    name: 'the newest',
    input: {},
    chosen: '4',
    verdicts: { '4': 'chosen', '3': 'superseded', '2': 'running', '1': 'older' },
  },
  { name: 'nothing when nothing is newer', input: { running: generation('4') }, chosen: undefined },
  { name: 'an empty channel', input: { releases: [] }, chosen: undefined },
  {
    name: 'never what was set aside',
    input: { quarantine: [setAside('4')] },
    chosen: '3',
    verdicts: { '4': 'quarantined' },
  },
  {
    name: 'the lowest barrier first',
    input: { releases: [channelRelease('3', true), channelRelease('4', true), channelRelease('5')] },
    chosen: '3',
    verdicts: { '5': 'behind-barrier', '4': 'behind-barrier' },
  },
  {
    name: 'a barrier that was passed does not count',
    input: { releases: [channelRelease('2', true), channelRelease('3')] },
    chosen: '3',
  },
  {
    name: 'a barrier that was set aside is not gone around',
    input: { releases: [channelRelease('3', true), channelRelease('4')], quarantine: [setAside('3')] },
    chosen: undefined,
    verdicts: { '4': 'behind-barrier', '3': 'quarantined' },
  },
  { name: 'nothing below the floor', input: { floor: '5' }, chosen: undefined, verdicts: { '4': 'below-floor' } },
  {
    name: 'nothing above a pin',
    input: { pin: { version: '3', since: 0 } },
    chosen: '3',
    verdicts: { '4': 'pinned' },
  },
  { name: 'nothing when pinned to what runs', input: { pin: { version: '2', since: 0 } }, chosen: undefined },
  {
    name: 'no other system',
    input: { releases: [{ ...channelRelease('9'), name: 'other' }] },
    chosen: undefined,
    verdicts: { '9': 'other-system' },
  },
  {
    name: 'not the running version with other contents',
    input: { releases: [{ ...channelRelease('2'), rootHash: sha256('other') }] },
    chosen: undefined,
    verdicts: { '2': 'running' },
  },
  {
    name: 'versions by their order, not as text',
    input: { releases: [channelRelease('9'), channelRelease('10'), channelRelease('10~rc1')] },
    chosen: '10',
  },
];

for (const { name, input, chosen, verdicts } of CASES) {
  test(`chooses: ${name}`, () => {
    const choice = chooseRelease({ ...INPUT, ...input });
    assert.equal(choice.release?.version, chosen);
    const found = Object.fromEntries(choice.considered.map(({ version, verdict }) => [version, verdict]));
    for (const [version, verdict] of Object.entries(verdicts ?? {})) assert.equal(found[version], verdict, version);
  });
}

test('says in words why a release is not the one', () => {
  const { considered } = chooseRelease({ ...INPUT, quarantine: [setAside('4')], floor: '3' });
  assert.deepEqual(
    considered.map(({ version, words }) => `${version}: ${words}`),
    [
      '4: it was tried and set aside: health check “web” flaps',
      '3: it is the newest that channel stable has for this device',
      '2: it runs',
      '1: it is older than 2, which runs',
    ],
  );
});

test('whatever the channel has: never older, below the floor, set aside, above the pin or past a barrier', () => {
  const version = fc.integer({ min: 0, max: 12 }).map(String);
  const releases = fc.uniqueArray(fc.record({ version, barrier: fc.boolean() }), {
    selector: ({ version }) => version,
  });
  const input = fc.record({
    running: version,
    releases,
    floor: fc.option(version, { nil: undefined }),
    quarantine: fc.array(version, { maxLength: 3 }),
    pin: fc.option(version, { nil: undefined }),
  });
  fc.assert(
    fc.property(input, ({ running, releases, floor, quarantine, pin }) => {
      const { release, considered } = chooseRelease({
        ...INPUT,
        running: generation(running),
        releases: releases.map(({ version, barrier }) => channelRelease(version, barrier)),
        floor,
        quarantine: quarantine.map(setAside),
        pin: pin === undefined ? undefined : { version: pin, since: 0 },
      });
      assert.equal(considered.length, releases.length);
      assert.equal(considered.filter(({ verdict }) => verdict === 'chosen').length, release === undefined ? 0 : 1);
      if (release === undefined) return;
      const above = (bound: string): boolean => compareVersions(release.version, bound) > 0;
      assert.ok(above(running));
      assert.ok(floor === undefined || release.version === floor || above(floor));
      assert.ok(!quarantine.includes(release.version));
      assert.ok(pin === undefined || !above(pin));
      const passed = releases.filter(({ version, barrier }) => barrier && above(version));
      assert.ok(passed.every((barrier) => compareVersions(barrier.version, running) <= 0));
    }),
  );
});
