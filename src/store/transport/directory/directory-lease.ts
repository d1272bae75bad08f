import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { AshlarError } from '../../../model/error.ts';
import { isAlive } from '../../process-alive.ts';
import { pidNamespace, temporaryName } from '../../temporary-name.ts';
import type { Lease } from '../repository-writer.ts';
import type { DirectoryFiles, NewFile } from './directory-files.ts';

/**
 * Leases are files with numbers: the highest is the current one, and taking it over means to create the next, which one process can. So nobody ever removes a lease that
 * might be another's, and who looked long ago does no harm. Hidden, so they are never served.
 */
const LEASE = /^\.lease\.(\d{1,15})$/;
/** Beside a lease: it was given back. */
const FREE_SUFFIX = '.free';
const DRAFT_PREFIX = '.holder.';

/**
 * A lease whose holder has not been heard of for this long may be taken over: longer than any single step between two signs of life (a
 * megabyte on a slow share), short enough to wait for.
 */
export const LEASE_MILLISECONDS = 5 * 60 * 1000;
const MAX_LEASE_BYTES = 4096;
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
 * Takes the one lease of the directory. How long a holder was not heard of is measured by the file system's clock alone (the time of our own draft, just
 * written, is its now): publishers on two hosts need not agree on the time.
 *
 * Throws `repository-locked` when another has it and shows signs of life.
 */
export async function takeLease(files: DirectoryFiles, holder: LeaseHolder, owner: string): Promise<Lease> {
  const record: LeaseRecord = { token: randomUUID(), owner: owner.slice(0, 256), ...holder };
  const draft = `.${temporaryName('holder', holder.pidNamespace)}`;
  const file = files.create(draft);
  try {
    file.write(Buffer.from(JSON.stringify(record)));
    file.sync();
    const now = readLease(files, draft)?.modified ?? 0;
    const number = claim(files, holder, draft, now);
    tidy(files, number, draft, now);
    return heldLease(files, number, file);
  } catch (error) {
    file.close();
    throw error;
  } finally {
    files.remove(draft);
  }
}

/** Makes the draft the lease with the next number, which is returned. */
function claim(files: DirectoryFiles, holder: LeaseHolder, draft: string, now: number): number {
  for (;;) {
    const current = currentLease(files);
    refuseIfHeld(files, holder, current, now);
    if (!files.link(draft, leasePath(current + 1))) continue;
    // Who looked at a lease that is long past comes too late, and goes.
    if (currentLease(files) === current + 1) return current + 1;
    files.remove(leasePath(current + 1));
  }
}

function heldLease(files: DirectoryFiles, number: number, file: NewFile): Lease {
  return {
    async renew() {
      if (currentLease(files) !== number) {
        throw new AshlarError('repository-locked', `The right to write the repository ${files.place} was lost.`, {
          hint: 'It was not renewed for minutes, so another publisher took it. Publish again: what was sent is not sent again.',
        });
      }
      file.touch();
    },
    async release() {
      file.close();
      try {
        if (currentLease(files) !== number) return;
        files.create(leasePath(number) + FREE_SUFFIX).close();
        files.syncDirectory('');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        // A disk that is full or went away: what was done, or why it failed, is what counts. The lease ends with this process, or by its age.
      }
    },
  };
}

/** The number of the current lease; 0 when there never was one. */
function currentLease(files: DirectoryFiles): number {
  return Math.max(0, ...files.list('').map(({ name }) => Number(LEASE.exec(name)?.[1] ?? 0)));
}

function leasePath(number: number): string {
  return `.lease.${number}`;
}

/** Throws when the lease with this number is somebody's who may still live. */
function refuseIfHeld(files: DirectoryFiles, holder: LeaseHolder, number: number, now: number): void {
  const lease = readLease(files, leasePath(number));
  const isFree = files.list('').some(({ name }) => name === leasePath(number) + FREE_SUFFIX);
  if (lease === undefined || isFree) return;
  const idle = now - lease.modified;
  if (idle > LEASE_MILLISECONDS || (lease.record !== undefined && isGone(lease.record, holder))) return;
  throw locked(files.place, lease.record, idle);
}

/** Removes past leases, and drafts that somebody left who was killed in the middle of this. */
function tidy(files: DirectoryFiles, number: number, ownDraft: string, now: number): void {
  for (const { name } of files.list('')) {
    const past = Number(LEASE.exec(name.replace(FREE_SUFFIX, ''))?.[1] ?? number) < number;
    const isDraft = name.startsWith(DRAFT_PREFIX) && name !== ownDraft;
    const isOld = isDraft && now - (readLease(files, name)?.modified ?? now) > LEASE_MILLISECONDS;
    if (past || isOld) files.remove(name);
  }
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
