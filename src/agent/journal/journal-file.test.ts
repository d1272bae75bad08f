import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { journalLine } from '../../engine/journal.ts';
import type { Sha256 } from '../../model/digest.ts';
import { openJournalFile, readJournal } from './journal-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-test-'));
after(() => rmSync(folder, { recursive: true }));

const running = { name: 'web', version: '1', rootHash: 'ab'.repeat(32) as Sha256, slot: 0 };
const line = (at: number): string =>
  journalLine(
    { kind: 'unpinned', at },
    { running, proven: running, phase: { kind: 'proven', since: at }, quarantine: [], checks: { failures: 0 } },
    'boot',
  );

test('what was added is there when it is opened again, for root alone', () => {
  const path = join(folder, 'deep/er/journal.jsonl');
  const first = openJournalFile(path);
  assert.equal(first.last, undefined);
  first.append(line(1));
  first.append(line(2));
  first.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = openJournalFile(path);
  assert.equal(again.last?.at, 2);
  again.close();
  assert.deepEqual(
    readJournal(path).entries.map(({ at }) => at),
    [1, 2],
  );
});

test('a torn line is passed over, and what comes after it begins anew', () => {
  const path = join(folder, 'torn.jsonl');
  writeFileSync(path, line(1));
  appendFileSync(path, line(2).slice(0, 40));
  const journal = openJournalFile(path);
  assert.equal(journal.last?.at, 1);
  journal.append(line(3));
  journal.close();
  const read = readJournal(path);
  assert.deepEqual([read.entries.map(({ at }) => at), read.unreadable], [[1, 3], 1]);
});

test('a journal that has grown long keeps its end', () => {
  const path = join(folder, 'long.jsonl');
  const count = Math.ceil((3 << 20) / line(0).length);
  writeFileSync(path, Array.from({ length: count }, (_, at) => line(at)).join(''));
  const journal = openJournalFile(path);
  assert.equal(journal.last?.at, count - 1);
  assert.ok(statSync(path).size <= 1 << 20);
  journal.append(line(count));
  journal.close();
  assert.equal(readJournal(path).entries.at(-1)?.at, count);
});

test('room is set aside for the time when there is none', () => {
  const path = join(folder, 'reserve.jsonl');
  openJournalFile(path).close();
  assert.ok(existsSync(`${path}.reserve`));
  assert.ok(!readFileSync(`${path}.reserve`).every((byte) => byte === 0));
});

test('a journal does not grow without end while it is open either', () => {
  const path = join(folder, 'open.jsonl');
  const count = Math.ceil((2 << 20) / line(0).length);
  writeFileSync(path, Array.from({ length: count - 4 }, (_, at) => line(at)).join(''));
  const journal = openJournalFile(path);
  for (let at = count; at < count + 100; at++) journal.append(line(at));
  assert.ok(statSync(path).size < 2 << 20, `${statSync(path).size} bytes`);
  journal.close();
  assert.deepEqual(
    readJournal(path)
      .entries.slice(-100)
      .map(({ at }) => at),
    Array.from({ length: 100 }, (_, index) => count + index),
  );
});
