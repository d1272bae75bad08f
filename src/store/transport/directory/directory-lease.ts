import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { AshlarError } from '../../../model/error.ts';
import { isAlive } from '../../process-alive.ts';
import { pidNamespace, temporaryName } from '../../temporary-name.ts';
import type { Lease } from '../repository-writer.ts';
import type { DirectoryFiles, NewFile } from './directory-files.ts';

/** The lease's file: hidden, so it is never served. */
export const LEASE_FILE = '.lease';
/**
 * A lease whose holder has not been heard of for this long may be taken over: longer than any single step between two signs of life (a
 * megabyte on a slow share), short enough to wait for.
 */
export const LEASE_MILLISECONDS = 5 * 60 * 1000;
const MAX_LEASE_BYTES = 4096;
/** Others may take and give back the lease between our look and our try; this often is bad luck no more. */
const MAX_ATTEMPTS = 10;

/** Who holds a lease: enough to tell, on the same host, whether it still lives. */
export interface LeaseHolder {
  readonly host: string;
  /** A name of this run of the kernel: process ids mean nothing in another. */
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** When the process began, in clock ticks since the boot: process ids are used again. */
  readonly started: string;
}

const leaseSchema = z.strictObject({
  token: z.string().max(64),
  owner: z.string().max(256),
  host: z.string().max(256),
  boot: z.string().max(64),
  pidNamespace: z.string().max(32),
  pid: z.int().min(1),
  started: z.string().max(32),
});
type LeaseRecord = z.infer<typeof leaseSchema>;

/** This process as a holder. */
export function thisProcess(): LeaseHolder {
  return {
    host: hostname(),
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    pidNamespace: pidNamespace(),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  };
}

/**
 * Takes the one lease of the directory. The file appears whole, by a link that only one process can make. How old it is is measured
 * by the file system's clock alone (the time of our own draft, just written, is its now): publishers on two hosts need not agree on the time.
 *
 * Throws `repository-locked` when another has it and shows signs of life.
 */
export async function takeLease(files: DirectoryFiles, holder: LeaseHolder, owner: string): Promise<Lease> {
  const record: LeaseRecord = { token: randomUUID(), owner: owner.slice(0, 256), ...holder };
  const draft = `.${temporaryName('lease', holder.pidNamespace)}`;
  const file = files.create(draft);
  try {
    file.write(Buffer.from(JSON.stringify(record)));
    file.sync();
    for (let attempt = 0; !files.link(draft, LEASE_FILE); attempt++) {
      file.touch();
      dropIfDead(files, holder, draft, attempt);
    }
    files.syncDirectory('');
  } catch (error) {
    file.close();
    throw error;
  } finally {
    files.remove(draft);
  }
  return heldLease(files, record, file);
}

function heldLease(files: DirectoryFiles, record: LeaseRecord, file: NewFile): Lease {
  return {
    async renew() {
      const now = readLease(files, LEASE_FILE);
      if (now?.record?.token !== record.token) {
        throw new AshlarError('repository-locked', `The right to write the repository ${files.place} was lost.`, {
          hint: 'It was not renewed for minutes, so another publisher took it. Publish again: what was sent is not sent again.',
        });
      }
      // On the open file: should another have taken over in this moment, its lease is not touched.
      file.touch();
    },
    async release() {
      if (readLease(files, LEASE_FILE)?.record?.token === record.token) files.remove(LEASE_FILE);
      file.close();
    },
  };
}

/** Removes a lease that is nobody's any more; throws when it is somebody's. */
function dropIfDead(files: DirectoryFiles, holder: LeaseHolder, draft: string, attempt: number): void {
  const current = readLease(files, LEASE_FILE);
  // Given back meanwhile.
  if (current === undefined) return;
  const now = readLease(files, draft)?.modified ?? current.modified;
  const idle = now - current.modified;
  const dead = idle > LEASE_MILLISECONDS || (current.record !== undefined && isGone(current.record, holder));
  if (!dead || attempt >= MAX_ATTEMPTS) throw locked(files.place, current.record, idle);
  // Two may come to this at once. The second one's rename would take away the lease that the first one has just made: it looks, and puts it back.
  const aside = `${draft}.dead`;
  try {
    files.rename(LEASE_FILE, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readLease(files, aside);
  if (taken?.text !== current.text) files.link(aside, LEASE_FILE);
  files.remove(aside);
}

/** Whether the holder's process can be seen to be no more. Of other hosts, containers and boots only time tells. */
function isGone(record: LeaseRecord, here: LeaseHolder): boolean {
  if (record.host !== here.host || record.boot !== here.boot || record.pidNamespace !== here.pidNamespace) return false;
  return !isAlive(record.pid) || startOf(record.pid) !== record.started;
}

function readLease(
  files: DirectoryFiles,
  path: string,
): { text: string; modified: number; record: LeaseRecord | undefined } | undefined {
  const file = files.open(path);
  if (file === undefined) return undefined;
  try {
    const text = file.read(0, MAX_LEASE_BYTES).toString();
    return { text, modified: file.modified, record: parseLease(text) };
  } finally {
    file.close();
  }
}

/** Undefined for what is no lease: a power cut, or somebody's hand. It then counts by its age alone. */
function parseLease(text: string): LeaseRecord | undefined {
  try {
    return leaseSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function locked(place: string, record: LeaseRecord | undefined, idleMilliseconds: number): AshlarError {
  const who = record === undefined ? 'somebody' : `${record.owner} (process ${record.pid} on ${record.host})`;
  const idle = Math.max(0, Math.round(idleMilliseconds / 1000));
  const left = Math.max(1, Math.ceil(LEASE_MILLISECONDS / 1000) - idle);
  return new AshlarError(
    'repository-locked',
    `The repository ${place} is being written by ${who}, last heard of ${idle} s ago.`,
    { hint: `Wait for it to end. Should it be dead, its right ends ${left} s from now.` },
  );
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so count from its closing parenthesis (proc_pid_stat(5)). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
