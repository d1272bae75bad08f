import diagnostics from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { isBuiltin, registerHooks, syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import type { CallPlace } from '../../../model/definition/call-place.ts';
import { placesOfStack } from '../../../model/definition/call-place.ts';

/** An attempt at something that is not permitted. */
export interface Refusal {
  readonly permission: string;
  readonly resource: string;
  readonly place: CallPlace | undefined;
}

/**
 * Modules of Node that a definition may import: those that only compute, and those that the permission model guards. Others would
 * be a way out: `node:sqlite` writes files and `node:module` undoes these hooks without asking anyone (seen in Node 26.10).
 */
const PERMITTED_BUILTINS: ReadonlySet<string> = new Set(
  [
    'assert assert/strict async_hooks buffer console constants crypto events os path path/posix perf_hooks punycode process',
    'querystring stream stream/promises stream/web string_decoder timers timers/promises tty url util util/types zlib',
    'child_process dgram dns dns/promises fs fs/promises http http2 https net tls worker_threads',
  ]
    .join(' ')
    .split(' '),
);

const CHANNELS = ['fs', 'net', 'child', 'worker', 'inspector', 'wasi', 'addon', 'ffi'];

export interface Confinement {
  /** Also those that the definition caught itself. */
  readonly refusals: readonly Refusal[];
  /** Where the import is written that was resolved last: the one that failed, when one did. */
  readonly failedImport: () => CallPlace | undefined;
}

/**
 * Narrows this process to what a definition may do, beyond what the permission model of Node (`--permission`) does: names the
 * package for `import 'ashlar'` wherever the definition lies, keeps other modules of Node away, and takes away what reaches other
 * processes.
 */
export function confine(ownModule: string, onSource: (url: string) => void): Confinement {
  const refusals: Refusal[] = [];
  const isOwn = (place: CallPlace): boolean => place.file === import.meta.url;
  const note = (permission: string, resource: string): void => {
    const place = placesOfStack(new Error().stack ?? '').find((frame) => !isOwn(frame));
    refusals.push({ permission, resource, place });
  };
  const refuse = (permission: string, resource: string): never => {
    note(permission, resource);
    throw Object.assign(new Error(`A definition may not use ${resource}.`), {
      code: 'ERR_ACCESS_DENIED',
      permission,
      resource,
    });
  };
  for (const channel of CHANNELS) {
    diagnostics.subscribe(`node:permission-model:${channel}`, (message) => {
      const { permission, resource } = message as { permission: string; resource: string };
      note(permission, resource);
    });
  }
  let lastImport: { specifier: string; from: string | undefined } | undefined;
  const permitted = (specifier: string): boolean => PERMITTED_BUILTINS.has(specifier.replace(/^node:/, ''));
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'ashlar') return { url: ownModule, shortCircuit: true };
      if ((isBuiltin(specifier) || specifier.startsWith('node:')) && !permitted(specifier)) refuse('Module', specifier);
      lastImport = { specifier, from: context.parentURL };
      const resolved = next(specifier, context);
      if (!resolved.url.startsWith('file:')) return resolved;
      onSource(resolved.url);
      // Without this Node would look for a package.json to tell modules from scripts, and warn when there is none.
      return /\.m?ts$/.test(resolved.url) ? { ...resolved, format: 'module-typescript' } : resolved;
    },
  });
  const getBuiltinModule = process.getBuiltinModule.bind(process);
  Object.assign(process, {
    getBuiltinModule: (id: string) => (permitted(id) ? getBuiltinModule(id) : refuse('Module', id)),
    kill: () => refuse('Signal', 'process.kill'),
    _kill: () => refuse('Signal', 'process._kill'),
    _debugProcess: () => refuse('Signal', 'process._debugProcess'),
  });
  Object.assign(os, { setPriority: () => refuse('Signal', 'os.setPriority') });
  // Named imports are copies of these properties.
  syncBuiltinESMExports();
  return { refusals, failedImport: () => (lastImport === undefined ? undefined : importPlace(lastImport)) };
}

function importPlace({ specifier, from }: { specifier: string; from: string | undefined }): CallPlace | undefined {
  if (from === undefined) return undefined;
  const lines = readFileSync(new URL(from), 'utf8').split('\n');
  const quoted = [`'${specifier}'`, `"${specifier}"`];
  for (const [index, line] of lines.entries()) {
    const column = Math.max(...quoted.map((text) => line.indexOf(text)));
    if (column >= 0) return { file: from, line: index + 1, column: column + 1 };
  }
  return { file: from, line: 1, column: 1 };
}
