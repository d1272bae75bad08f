import * as z from 'zod';
import type { DeviceState, Moment } from './device-state.ts';
import type { Event, EventKind } from './event.ts';
import { deviceStateSchema, moment } from './state-schema.ts';

/** The journal's format. A reader goes by what it knows and passes over the rest: the previous version's agent must get along with it. */
export const JOURNAL_FORMAT = 1;
/** No honest entry is longer: the state is bounded by its parts. */
const MAX_LINE_CHARACTERS = 256 << 10;

/** A line of `journal.jsonl`: what happened, and the state that it led to. The last one that is whole is the truth. */
export interface JournalEntry {
  readonly format: typeof JOURNAL_FORMAT;
  readonly at: Moment;
  readonly bootId: string;
  /** For people who read the journal; nothing is decided by it but what `historyOf` tells. */
  readonly event: { readonly kind: string };
  readonly state: DeviceState;
}

/** The line for an entry, with its newline. */
export function journalLine(event: Event, state: DeviceState, bootId: string): string {
  const entry: JournalEntry = { format: JOURNAL_FORMAT, at: event.at, bootId, event, state };
  return `${JSON.stringify(entry)}\n`;
}

const entrySchema: z.ZodType<JournalEntry> = z.object({
  format: z.literal(JOURNAL_FORMAT),
  at: moment,
  bootId: z.string().max(64),
  event: z.looseObject({ kind: z.string().max(64) }),
  state: deviceStateSchema,
});

/** A journal that was read. */
export interface Journal {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  /** Lines that are no entries: torn by a power cut, or of a format that is not known. */
  readonly unreadable: number;
}

/** Reads the text of `journal.jsonl`. A line that cannot be read is passed over: the entries around it are whole. */
export function parseJournal(text: string): Journal {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.flatMap((line) => {
    const entry = parseLine(line);
    return entry === undefined ? [] : [entry];
  });
  return { entries, unreadable: lines.length - entries.length };
}

function parseLine(line: string): JournalEntry | undefined {
  if (line.length > MAX_LINE_CHARACTERS) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // torn: the entry before it is the last
  }
}

/** Events after which nothing is lost when the journal does not have them: a check that was begun is begun anew. */
const FLEETING: ReadonlySet<EventKind> = new Set([
  'check-started',
  'check-failed',
  'nothing-newer',
  'restart-postponed',
]);

/** False when the entry need not be written: checks come often, and flash wears. */
export function isWorthKeeping({ kind }: Event): boolean {
  return !FLEETING.has(kind);
}
