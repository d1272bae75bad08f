import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { readTar } from '../../formats/tar/read-tar.ts';
import { AshlarError } from '../../model/error.ts';
import type { LockedPackage } from '../../model/lock.ts';
import { writing } from '../../store/disk-full.ts';
import { runProgram } from '../../store/program/run-program.ts';
import type { Store } from '../../store/store.ts';
import { type ControlMember, readControlMember } from './control-member.ts';
import { type ControlStanza, parseControl } from './control-stanza.ts';

/** The control file of each package, as text and parsed, by the SHA-256 of the `.deb`. */
export type ControlFiles = ReadonlyMap<string, { readonly text: string; readonly stanza: ControlStanza }>;

/** What a control archive may unpack to: scripts, a list of checksums, translations of questions. */
const MAX_UNPACKED_BYTES = 64 << 20;
/** Files named in one call of `xz`: far below what Linux takes as arguments. */
const FILES_PER_CALL = 500;

/**
 * Reads the control file of each package, checking that the store holds it whole and that it is the package that the lock says.
 * Throws `store-incomplete`; a damaged object is dropped and fetched again by the next run. 190 packages take 0.2 s: one `xz`
 * for all of them, where a `dpkg-deb` for each took 3 s.
 */
export async function readControlFiles(
  packages: readonly LockedPackage[],
  store: Store,
  signal?: AbortSignal,
): Promise<ControlFiles> {
  const directory = store.temporary('control');
  const found = new Map<string, { text: string; stanza: ControlStanza }>();
  try {
    writing(store.directory, () => mkdirSync(directory));
    const archives = await unpackMembers(packages, store, directory, signal);
    for (const { name, version, sha256 } of packages) {
      const text = await controlText(archives.get(sha256) ?? Buffer.alloc(0));
      const [stanza] = parseControl(text);
      if (stanza?.get('package') !== name || stanza.get('version') !== version) {
        throw new AshlarError('lock-invalid', `The lock's SHA-256 of ${name} ${version} is that of another package.`, {
          hint: 'Take the lock from version control again, or run `ashlar lock`.',
        });
      }
      found.set(sha256, { text, stanza });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return found;
}

/** The control archives as plain tar, by the SHA-256 of their package. Node cannot read xz: those go through one program together. */
async function unpackMembers(
  packages: readonly LockedPackage[],
  store: Store,
  directory: string,
  signal?: AbortSignal,
): Promise<Map<string, Buffer>> {
  const archives = new Map<string, Buffer>();
  const pathOf = (sha256: string): string => join(directory, sha256);
  const inXz: string[] = [];
  for (const { name, version, sha256 } of packages) {
    if (store.get(sha256) === undefined) {
      throw new AshlarError('store-incomplete', `The store has lost ${name} ${version}.`, {
        hint: 'Run the command again: the package is fetched again.',
      });
    }
    const member = readControlMember(store.pathOf(sha256));
    if (member.compression === 'xz') {
      writing(store.directory, () => writeFileSync(`${pathOf(sha256)}.xz`, member.bytes));
      inXz.push(sha256);
    } else archives.set(sha256, unpack(member));
  }
  for (let at = 0; at < inXz.length; at += FILES_PER_CALL) {
    const files = inXz.slice(at, at + FILES_PER_CALL);
    const limited = ['prlimit', `--fsize=${MAX_UNPACKED_BYTES}`, 'xz', '--decompress'];
    const { status, stderr } = await runProgram([...limited, ...files.map((sha256) => `${pathOf(sha256)}.xz`)], {
      signal,
    });
    if (status !== 0) {
      throw new AshlarError('deb-unreadable', `The control file of a package cannot be read: ${stderr.trim()}`, {
        hint: 'Run `ashlar lock --update`, or use another mirror.',
      });
    }
    for (const sha256 of files) archives.set(sha256, readFileSync(pathOf(sha256)));
  }
  return archives;
}

function unpack({ compression, bytes }: ControlMember): Buffer {
  if (compression === 'gz') return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  if (compression === 'zst') return zstdDecompressSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  return bytes;
}

/** The text of the file `control` in a control archive; empty when it has none. */
async function controlText(archive: Buffer): Promise<string> {
  for await (const entry of readTar(Readable.from([archive]))) {
    if (entry.type !== 'file' || !/^(?:\.\/)?control$/.test(entry.path)) continue;
    const parts: Buffer[] = [];
    for await (const part of entry.data) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }
  return '';
}
