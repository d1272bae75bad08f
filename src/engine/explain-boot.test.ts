import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256 } from '../model/digest.ts';
import { type BootEvidence, explainBoot } from './explain-boot.ts';
import { MAX_DETAIL_CHARACTERS, MAX_DETAIL_LINES } from './failure-cause.ts';

const ROOT = sha256('root');
const QUIET: BootEvidence = { panics: [], watchdog: 'unknown', shutdown: 'unclean' };
const PANIC = {
  lines: ['[   12.3] something', '[   12.4] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0', 'end'],
  rootHash: ROOT,
};

function told(evidence: Partial<BootEvidence>): string {
  const verdict = explainBoot({ ...QUIET, ...evidence });
  return verdict.kind === 'failed' ? `${verdict.cause.kind}: ${verdict.cause.summary}` : verdict.kind;
}

const CASES: readonly [name: string, evidence: Partial<BootEvidence>, verdict: string][] = [
  ['nothing at all: somebody cut the power', {}, 'inconclusive'],
  ['the marker of a clean end', { shutdown: 'clean' }, 'clean'],
  ['a watchdog that says it was not it', { watchdog: 'not-by-it' }, 'inconclusive'],
  ['a panic', { panics: [PANIC] }, 'panic: the kernel panicked: Attempted to kill init! exitcode=0x0'],
  [
    'a panic whose record is cut short',
    { panics: [{ lines: ['Call Trace:'] }] },
    'panic: the kernel panicked: the record does not say why',
  ],
  [
    'the last of several panics',
    { panics: [{ lines: ['Kernel panic - not syncing: first'] }, { lines: ['Kernel panic - not syncing: last'] }] },
    'panic: the kernel panicked: last',
  ],
  [
    'the watchdog',
    { watchdog: 'reset-by-it' },
    'watchdog: the hardware watchdog restarted the machine: it no longer answered',
  ],
  ['an initrd that gave up', { initrdFailure: { reason: 'no disk' } }, 'initrd: the boot image gave up: no disk'],
  [
    'a deadline, whose restart is a clean one',
    { deadline: {}, shutdown: 'clean' },
    'deadline: the deadline of the probation passed before its health was judged',
  ],
  [
    'evidence outweighs a clean end',
    { panics: [PANIC], shutdown: 'clean' },
    'panic: the kernel panicked: Attempted to kill init! exitcode=0x0',
  ],
  [
    'what names its cause outweighs what only says that nobody answered',
    { panics: [PANIC], watchdog: 'reset-by-it', deadline: {} },
    'panic: the kernel panicked: Attempted to kill init! exitcode=0x0',
  ],
];

for (const [name, evidence, verdict] of CASES) {
  test(`explains: ${name}`, () => assert.equal(told(evidence), verdict));
}

test('says whose failure it was, where the evidence does', () => {
  for (const evidence of [
    { panics: [PANIC] },
    { initrdFailure: { reason: '', rootHash: ROOT } },
    { deadline: { rootHash: ROOT } },
  ]) {
    const verdict = explainBoot({ ...QUIET, ...evidence });
    assert.equal(verdict.kind === 'failed' && verdict.rootHash, ROOT);
  }
});

test('keeps the last lines, and no more than a journal entry may hold', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
  const verdict = explainBoot({ ...QUIET, panics: [{ lines }] });
  assert.ok(verdict.kind === 'failed');
  assert.equal(verdict.cause.details.length, MAX_DETAIL_LINES);
  assert.ok(
    verdict.cause.details.at(-1)?.startsWith('999 ') && verdict.cause.details.at(-1)?.length === MAX_DETAIL_CHARACTERS,
  );
});
