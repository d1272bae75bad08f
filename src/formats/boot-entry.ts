import { AshlarError } from '../model/error.ts';

/**
 * The file name of a boot entry in `EFI/Linux`: `<name>_<version>+<left>-<done>.efi` (UAPI Boot Loader Specification, “Boot
 * counting”). The loader lowers `left` and raises `done` by renaming the file before it starts the entry.
 */
export interface BootEntry {
  readonly name: string;
  readonly version: string;
  readonly tries: BootTries | undefined;
}

/** Undefined in {@link BootEntry}: the entry is proven and not counted. `left` 0: it is bad and comes last. */
export interface BootTries {
  readonly left: number;
  readonly done: number;
}

const SUFFIX = '.efi';
/** Suffixes compare without case, like all names on FAT; counters have no more digits than anyone counts to. */
const FILE_NAME = /^(?<name>[^_+/]+)_(?<version>[^_+/]+?)(?:\+(?<left>[0-9]{1,9})(?:-(?<done>[0-9]{1,9}))?)?\.efi$/i;

/**
 * Reads the name of an entry. Undefined when it is none of ours: another system's, a temporary file, or an entry that lost its long
 * name and shows as 8.3.
 */
export function parseBootEntry(fileName: string): BootEntry | undefined {
  const groups = FILE_NAME.exec(fileName)?.groups;
  const { name, version, left, done } = groups ?? {};
  if (name === undefined || version === undefined) return undefined;
  return { name, version, tries: left === undefined ? undefined : { left: Number(left), done: Number(done ?? 0) } };
}

/** The file name of `entry`. Throws `usage` for what {@link parseBootEntry} would not give back. */
export function formatBootEntry(entry: BootEntry): string {
  const { name, version, tries } = entry;
  // A count of zero is left out, as the loader does.
  const counter = tries === undefined ? '' : `+${tries.left}${tries.done === 0 ? '' : `-${tries.done}`}`;
  const fileName = `${name}_${version}${counter}${SUFFIX}`;
  const parsed = parseBootEntry(fileName);
  const same =
    parsed?.name === name &&
    parsed.version === version &&
    parsed.tries?.left === tries?.left &&
    parsed.tries?.done === tries?.done;
  if (same) return fileName;
  throw new AshlarError('usage', `“${fileName}” cannot be the name of a boot entry`, {
    hint: 'Name and version have no “_”, “+” and “/”; counters are whole numbers.',
  });
}
