import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parsePartitionTable } from '../../formats/gpt/parse-table.ts';
import { PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { AshlarError } from '../../model/error.ts';
import { runProgram } from '../../store/program/run-program.ts';

/** A file to be written below /var: plain characters in its path, root's, readable by all. */
export interface VarFile {
  /** From /var: `lib/x/y`. */
  readonly path: string;
  readonly content: string | Buffer;
}

/** debugfs reads commands with words between spaces: paths must not need quoting. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._@-]*(\/[A-Za-z0-9][A-Za-z0-9._@-]*)*$/;

/**
 * Writes `files` into the /var of a machine that is switched off, by debugfs of e2fsprogs: no mount, no root. The file system must be clean, as an orderly end leaves it.
 *
 * @param disk a raw image, started once: the first start makes /var.
 * @throws AshlarError `trial-impossible` when there is no /var or a file did not arrive.
 */
export async function writeVarFiles(disk: string, files: readonly VarFile[], signal?: AbortSignal): Promise<void> {
  const place = `${disk}?offset=${startOfVar(disk)}`;
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-var-'));
  try {
    const made = new Set<string>();
    const commands: string[] = [];
    for (const [index, { path, content }] of files.entries()) {
      if (!PLAIN.test(path)) throw impossible(`${path} cannot be written into /var`);
      for (const parent of parentsOf(path).filter((parent) => !made.has(parent))) {
        made.add(parent);
        // A folder that is there already is complained of, and stays.
        commands.push(`mkdir /${parent}`);
      }
      writeFileSync(join(folder, `f${index}`), content);
      commands.push(`rm /${path}`, `write f${index} /${path}`, `set_inode_field /${path} mode 0100644`);
      commands.push(`set_inode_field /${path} uid 0`, `set_inode_field /${path} gid 0`);
    }
    writeFileSync(join(folder, 'commands'), `${commands.join('\n')}\n`);
    await runProgram(['debugfs', '-w', '-f', 'commands', place], { cwd: folder, signal });
    // Its exit status says nothing of single commands.
    for (const { path, content } of files) {
      const { stdout } = await runProgram(['debugfs', '-R', `cat /${path}`, place], { cwd: folder, signal });
      if (stdout !== content.toString()) throw impossible(`${path} did not arrive in /var`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [...parentsOf(parent), parent];
}

function startOfVar(disk: string): number {
  const file = openSync(disk, 'r');
  try {
    const readAt = (offset: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, offset);
      return bytes;
    };
    const { table } = parsePartitionTable(readAt, fstatSync(file).size);
    const found = table.partitions.find((partition) => partition?.type === PARTITION_TYPE.var);
    if (found === undefined) throw impossible('the first start made no partition for /var');
    return found.start;
  } finally {
    closeSync(file);
  }
}

function impossible(why: string): AshlarError {
  return new AshlarError('trial-impossible', `The machine could not be prepared for the trial: ${why}.`, {
    hint: 'The serial log of its first start may say more; `ashlar run` shows the same start.',
  });
}
