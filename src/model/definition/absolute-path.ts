import * as z from 'zod';
import { explain, show } from './explain.ts';

/** Longest path that Linux takes (`PATH_MAX` without its NUL) and longest name in it (`NAME_MAX`), in bytes. */
const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/** Where content of an image cannot lie, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['/proc', 'the kernel mounts its own there'],
  ['/sys', 'the kernel mounts its own there'],
  ['/dev', 'the kernel mounts its own there'],
  ['/run', 'it is empty at every boot; use a tmpfiles.d file to make something there'],
  ['/tmp', 'it is empty at every boot; use a tmpfiles.d file to make something there'],
  ['/boot', 'Ashlar makes the boot entries'],
  ['/efi', 'Ashlar makes the boot entries'],
]);

/** Directories that are symbolic links in the system: a path is taken to where it really lies, so that no two spellings differ. */
const LINKED: readonly (readonly [string, string])[] = [
  ['/home', '/var/home'],
  ['/root', '/var/roothome'],
  ['/bin', '/usr/bin'],
  ['/sbin', '/usr/sbin'],
  ['/lib', '/usr/lib'],
  ['/lib64', '/usr/lib64'],
  ['/var/run', '/run'],
  ['/var/lock', '/run/lock'],
];

const isUnder = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);

/** `path` with the system's directory links followed: `/home/a` is `/var/home/a`, `/bin/x` is `/usr/bin/x`. */
export function realPath(path: string): string {
  const link = LINKED.find(([from]) => isUnder(path, from));
  return link === undefined ? path : link[1] + path.slice(link[0].length);
}

/** Why `path` cannot be content of an image, with what to do; undefined when it can. */
export function pathProblem(path: string): { problem: string; hint: string } | undefined {
  if (!path.startsWith('/')) {
    return { problem: `${show(path)} is not an absolute path`, hint: 'start it with "/"' };
  }
  const names = path.slice(1).split('/');
  if (names.includes('..') || names.includes('.')) {
    return { problem: `${show(path)} contains "." or ".."`, hint: 'write the path that is meant, without them' };
  }
  if (names.includes('')) {
    return { problem: `${show(path)} has an empty name in it`, hint: 'write single slashes, none at the end' };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    return { problem: `${show(path)} contains a control character`, hint: 'remove it' };
  }
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return {
      problem: `${show(path)} is too long`,
      hint: `a name has at most ${MAX_NAME_BYTES} bytes, a path ${MAX_PATH_BYTES}`,
    };
  }
  const real = realPath(path);
  for (const [directory, reason] of REFUSED) {
    if (isUnder(real, directory)) {
      return {
        problem: `${show(path)} cannot be part of an image`,
        hint: `nothing is kept under ${directory}: ${reason}`,
      };
    }
  }
  return undefined;
}

/** An absolute, normalised path of the system that an image can hold, as it was written (see {@link realPath}). */
export const absolutePath = z
  .string()
  .regex(/^\//, {
    error: (issue) => explain(`${show(issue.input)} is not an absolute path`, 'start it with "/"'),
    abort: true,
  })
  .check((context) => {
    const found = pathProblem(context.value);
    if (found !== undefined) {
      context.issues.push({ code: 'custom', input: context.value, message: explain(found.problem, found.hint) });
    }
  })
  .describe('Absolute path in the system, without "." and "..".');
