import { readFileSync } from 'node:fs';
import type { CpioEntry } from '../../../formats/cpio/cpio-entry.ts';
import { writeCpio } from '../../../formats/cpio/write-cpio.ts';
import { bytesOf } from '../../../model/byte-string.ts';
import type { Definition } from '../../../model/definition/definition.ts';
import type { DirectoryNode } from '../../../model/tree.ts';
import type { ReadContent } from '../../../store/read-content.ts';
import { INDEX_FILES, type IndexFiles, type KernelModule, parseModuleIndex } from './module-index.ts';
import { planModules, plannedModules } from './module-plan.ts';
import { moduleScript } from './module-script.ts';
import { fileAt, programFiles } from './program-files.ts';

/** The first program, a script of busybox. */
const INIT_SCRIPT = readFileSync(new URL('./init.sh', import.meta.url));

/** What `/init` calls of busybox: links, so that they are found even where /proc is not. */
export const APPLETS = [
  'sh',
  'cat',
  'chroot',
  'cp',
  'grep',
  'insmod',
  'ln',
  'mkdir',
  'mount',
  'mv',
  'od',
  'reboot',
  'rm',
  'sleep',
  'switch_root',
  'sync',
  'tail',
  'tr',
  'umount',
] as const;

/** What `/init` needs of the root's programs before the root is there: opening it, and leaving the reason when it cannot. */
const PROGRAMS = ['usr/sbin/dmsetup', 'usr/bin/partx', 'usr/bin/chattr'] as const;

/** Mount points, and what the rest lies in. */
const DIRECTORIES = ['dev', 'proc', 'run', 'sys', 'sysroot', 'tmp', 'usr', 'usr/bin', 'usr/lib', 'usr/lib/modules'];

/** As in the root: `/bin` and the like are links into `/usr`. */
const LINKS: readonly (readonly [string, string])[] = [
  ['bin', 'usr/bin'],
  ['lib', 'usr/lib'],
  ['lib64', 'usr/lib64'],
  ['sbin', 'usr/bin'],
];

export interface InitrdParts {
  /** The tree of the running system. */
  readonly tree: DirectoryNode;
  readonly readContent: ReadContent;
  readonly architecture: Definition['architecture'];
  /** As `uname -r` says it. */
  readonly kernelRelease: string;
  /** The statically linked shell and tools. */
  readonly busybox: Buffer;
}

/**
 * The initrd: an uncompressed cpio archive with busybox, a few programs and modules of the root, and `/init` (init.sh). It depends
 * on the packages alone, not on the root image or the definition, so that most releases have the same. Throws `kernel-unfit`,
 * `boot-file-missing`, `boot-image-invalid`, `elf-invalid`.
 */
export function buildInitrd({ tree, readContent, architecture, kernelRelease, busybox }: InitrdParts): Buffer {
  const modulesDirectory = `usr/lib/modules/${kernelRelease}`;
  const text = (name: string): string => fileAt(tree, `${modulesDirectory}/${name}`, readContent).toString('utf8');
  const index = parseModuleIndex(Object.fromEntries(INDEX_FILES.map((name) => [name, text(name)])) as IndexFiles);
  const plan = planModules(index, kernelRelease);

  const entries = new Map<string, CpioEntry>();
  const add = (path: string, entry: EntryBody): void => void entries.set(path, { path: bytesOf(path), ...entry });
  for (const path of DIRECTORIES) add(path, { type: 'directory', mode: 0o755 });
  for (const [path, target] of LINKS) add(path, { type: 'symlink', mode: 0o777, target: bytesOf(target) });
  add('init', { type: 'file', mode: 0o755, content: INIT_SCRIPT });
  add('modules.sh', { type: 'file', mode: 0o644, content: Buffer.from(moduleScript(plan)) });
  add('usr/bin/busybox', { type: 'file', mode: 0o755, content: busybox });
  for (const applet of APPLETS) add(`usr/bin/${applet}`, { type: 'symlink', mode: 0o777, target: bytesOf('busybox') });
  for (const module of plannedModules(plan)) {
    const { path } = index.modules.get(module) as KernelModule;
    const content = fileAt(tree, `${modulesDirectory}/${path}`, readContent);
    add(`usr/lib/modules/${module}.ko`, { type: 'file', mode: 0o644, content });
  }
  for (const [path, content] of programFiles(tree, PROGRAMS, architecture, readContent)) {
    const place = insideUsr(path);
    for (const directory of directoriesOf(place)) add(directory, { type: 'directory', mode: 0o755 });
    add(place, { type: 'file', mode: 0o755, content });
  }
  return writeCpio([...entries.keys()].sort().map((path) => entries.get(path) as CpioEntry));
}

type EntryBody = CpioEntry extends infer Entry ? (Entry extends CpioEntry ? Omit<Entry, 'path'> : never) : never;

/** Where a file goes that is named through one of the {@link LINKS}: `lib64/ld-linux…` lies in `usr/lib64`. */
function insideUsr(path: string): string {
  const link = LINKS.find(([name]) => path.startsWith(`${name}/`));
  const place = link === undefined ? path : `${link[1]}${path.slice(link[0].length)}`;
  return place.replace(/^usr\/sbin\//, 'usr/bin/');
}

function directoriesOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
