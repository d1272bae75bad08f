import assert from 'node:assert/strict';
import test from 'node:test';
import type { Resting } from '../device-state.ts';
import { channelRelease, generation, release } from '../sample-generations.fixture.ts';
import type { ChoiceInput } from './choose-release.ts';
import { judgeCheck } from './judge-check.ts';

const INPUT: ChoiceInput = {
  running: generation('2'),
  channel: 'stable',
  releases: [],
  floor: undefined,
  quarantine: [],
  pin: undefined,
};
const PROVEN: Resting = { kind: 'proven', since: 0 };
const ARMED: Resting = { kind: 'armed', since: 0, target: release('3'), slot: 1, round: 1, waiting: [] };

test('a release that is newer is a candidate, and none is nothing', () => {
  const found = judgeCheck({ behind: PROVEN }, { ...INPUT, releases: [channelRelease('3')] });
  assert.equal(found.kind, 'candidate');
  assert.equal(judgeCheck({ behind: PROVEN }, INPUT).kind, 'nothing-newer');
});

test('what is armed stays wanted while the channel has nothing better', () => {
  const same = judgeCheck({ behind: ARMED }, { ...INPUT, releases: [channelRelease('3')] });
  assert.equal(same.kind === 'candidate' && same.release.version, '3');
  const newer = judgeCheck({ behind: ARMED }, { ...INPUT, releases: [channelRelease('3'), channelRelease('4')] });
  assert.equal(newer.kind === 'candidate' && newer.release.version, '4');
});

test('what is armed is withdrawn when the channel no longer has it, or the floor rose above it', () => {
  const gone = judgeCheck({ behind: ARMED }, INPUT);
  assert.equal(gone.kind === 'withdrawn' && gone.why.message, 'channel stable no longer has 3');
  const below = judgeCheck({ behind: ARMED }, { ...INPUT, releases: [channelRelease('3')], floor: '4' });
  assert.equal(
    below.kind === 'withdrawn' && below.why.message,
    '3 is below 4, and nothing below that may be installed',
  );
});
