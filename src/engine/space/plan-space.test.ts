import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { failureCause } from '../failure-cause.ts';
import {
  AT_REST,
  BOOT_IMAGE_BYTES,
  DISK,
  entryView,
  generation,
  holding,
  installed,
  SLOT_BYTES,
  slotView,
  TREE_BYTES,
} from '../sample-generations.fixture.ts';
import { planSpace, SCRATCH_RESERVE_BYTES, type SpaceInput } from './plan-space.ts';

const MIB = 1 << 20;
const NEEDS = {
  imageBytes: 50 * MIB,
  treeBytes: MIB / 2,
  bootImageBytes: BOOT_IMAGE_BYTES,
  loaderBytes: 100_000,
  scratchBytes: 20 * MIB,
};
const INPUT: SpaceInput = {
  state: AT_REST,
  view: DISK,
  target: generation('3'),
  needs: NEEDS,
  scratchFreeBytes: 100 * MIB,
};

function codes(input: Partial<SpaceInput>): string[] {
  const plan = planSpace({ ...INPUT, ...input });
  return plan.kind === 'lacks' ? plan.objections.map(({ code }) => code) : [];
}

test('an update goes into the slot of the way back, whose entry goes first', () => {
  assert.deepEqual(planSpace(INPUT), {
    kind: 'fits',
    slot: 1,
    reclaims: [{ path: 'EFI/Linux/m_1.efi', bytes: BOOT_IMAGE_BYTES, why: 'its slot is overwritten' }],
  });
});

test('an ESP that is only large enough without the old entry and what interrupted writes left', () => {
  const esp = { ...DISK.esp, freeBytes: MIB };
  const leftovers = [{ path: 'EFI/Linux/.new-3', bytes: 5 * MIB }];
  assert.deepEqual(codes({ view: { ...DISK, esp, leftovers } }), []);
  assert.deepEqual(codes({ view: { ...DISK, esp, entries: [entryView('2')] } }), ['esp-full']);
});

test('entries that start nothing go only when there is no other way', () => {
  const view = { ...DISK, entries: [...DISK.entries, entryView('0')] };
  const roomy = planSpace({ ...INPUT, view });
  assert.ok(roomy.kind === 'fits' && !roomy.reclaims.some(({ path }) => path === 'EFI/Linux/m_0.efi'));
  const tight = planSpace({
    ...INPUT,
    view: { ...view, esp: { ...DISK.esp, freeBytes: 0 } },
  });
  assert.ok(tight.kind === 'fits' && tight.reclaims.some(({ path }) => path === 'EFI/Linux/m_0.efi'));
});

test('all that lacks is told at once, with the numbers', () => {
  const plan = planSpace({
    ...INPUT,
    needs: { ...NEEDS, imageBytes: SLOT_BYTES + 4096, treeBytes: TREE_BYTES + 1, bootImageBytes: 100 * MIB },
    scratchFreeBytes: 1000,
  });
  assert.ok(plan.kind === 'lacks');
  assert.deepEqual(
    plan.objections.map(({ code, message }) => `${code}: ${message}`),
    [
      'slot-too-small: slot 1 has no room: 67 MB (67112960 bytes) are needed and 67 MB (67108864 bytes) are there, 4.1 kB (4096 bytes) too few',
      'slot-too-small: the hash tree partition of slot 1 has no room: 1.0 MB (1048577 bytes) are needed and 1.0 MB (1048576 bytes) are there, 1 bytes too few',
      'esp-full: the EFI system partition has no room: 105 MB (104972288 bytes) are needed and 42 MB (41943040 bytes) are there, 63 MB (63029248 bytes) too few',
      'scratch-full: /var has no room: 38 MB (37748736 bytes) are needed and 1.0 kB (1000 bytes) are there, 38 MB (37747736 bytes) too few',
    ],
  );
});

test('an ESP that cannot be written, and one that lost the entry of what runs', () => {
  assert.deepEqual(codes({ view: { ...DISK, esp: { ...DISK.esp, writable: false } } }), ['esp-read-only']);
  assert.deepEqual(codes({ view: { ...DISK, entries: [entryView('1')] } }), ['way-back-missing']);
});

test('with three slots what is of no use is overwritten before the way back', () => {
  const slots = [slotView(0, holding('2'), true), slotView(1, holding('1')), slotView(2, holding('3'))];
  const quarantine = [{ generation: generation('3'), cause: failureCause('panic', 'why'), since: 0 }];
  const view = { ...DISK, slots, entries: [...DISK.entries, entryView('3', { left: 0, done: 3 })] };
  const plan = planSpace({ ...INPUT, state: { ...AT_REST, quarantine }, view, target: generation('4') });
  assert.equal(plan.kind === 'fits' && plan.slot, 2);
});

test('neither what runs nor what is proven is ever overwritten', () => {
  const content = fc.constantFrom(
    { kind: 'empty' as const },
    { kind: 'unknown' as const, why: 'halves differ' },
    holding('3'),
    holding('7'),
  );
  const arrangement = fc.record({
    others: fc.array(content, { maxLength: 5 }),
    running: fc.nat(6),
    proven: fc.nat(6),
    wayBack: fc.option(fc.nat(6), { nil: undefined }),
    slotBytes: fc.constantFrom(10 * MIB, SLOT_BYTES),
    free: fc.integer({ min: 0, max: 80 * MIB }),
  });
  fc.assert(
    fc.property(arrangement, ({ others, running, proven, wayBack, slotBytes, free }) => {
      const count = others.length + 2;
      const at = { running: running % count, proven: proven % count };
      const state = {
        ...AT_REST,
        running: installed(at.running === at.proven ? '2' : '5', at.running),
        proven: installed('2', at.proven),
        wayBack: wayBack === undefined ? undefined : installed('1', wayBack % count),
      };
      const slots = Array.from({ length: count }, (_, index) => ({
        ...slotView(index, others[index] ?? { kind: 'empty' }, index === at.running),
        dataBytes: slotBytes,
      }));
      const entries = [entryView(state.running.version)];
      const plan = planSpace({
        ...INPUT,
        state,
        view: { ...DISK, slots, entries, esp: { ...DISK.esp, freeBytes: free } },
      });
      if (plan.kind === 'lacks') return assert.ok(plan.objections.length > 0);
      assert.ok(plan.slot !== at.running && plan.slot !== at.proven);
      assert.ok(slotBytes >= NEEDS.imageBytes && free + sum(plan.reclaims) >= NEEDS.bootImageBytes + NEEDS.loaderBytes);
      assert.ok(!plan.reclaims.some(({ path }) => path.endsWith(`m_${state.running.version}.efi`)));
    }),
  );
});

test('/var keeps its reserve', () => {
  assert.deepEqual(codes({ scratchFreeBytes: NEEDS.scratchBytes + SCRATCH_RESERVE_BYTES }), []);
  assert.deepEqual(codes({ scratchFreeBytes: NEEDS.scratchBytes + SCRATCH_RESERVE_BYTES - 1 }), ['scratch-full']);
});

function sum(reclaims: readonly { readonly bytes: number }[]): number {
  return reclaims.reduce((total, { bytes }) => total + bytes, 0);
}
