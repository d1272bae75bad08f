import { realPath } from '../../model/definition/absolute-path.ts';
import type { Definition, FileBytes, FileEntry, UnitEntry, User } from '../../model/definition/definition.ts';
import type { ParsedDefinition } from '../../model/definition/definition-schema.ts';
import { show } from '../../model/definition/explain.ts';
import type { Problem } from '../../model/definition/problem.ts';
import { sha256 } from '../../model/digest.ts';
import { installProblem } from './checks/unit-checks.ts';
import type { ContentReader } from './resolve-contents.ts';

const EMPTY: FileBytes = { kind: 'bytes', size: 0, digest: sha256(''), bytes: Buffer.alloc(0) };

/**
 * Reads the files of a definition that parsed, follows the system's directory links and settles what depends on other values.
 * Where a file could not be read the reader has the problem, and an empty one stands in.
 */
export function completeDefinition(
  parsed: ParsedDefinition,
  reader: ContentReader,
): { definition: Definition; problems: Problem[] } {
  const problems: Problem[] = [];
  const { users, units, services, files, directories, symlinks, console, surface, keep, updates, ...rest } = parsed;
  const definition: Definition = {
    ...rest,
    hostname: parsed.hostname ?? parsed.name,
    files: mapSorted(
      files,
      ({ source, ...metadata }, path): FileEntry => {
        return { content: reader.read(source, ['files', path]) ?? EMPTY, ...metadata };
      },
      realPath,
    ),
    directories: mapSorted(directories, (entry) => entry, realPath),
    symlinks: mapSorted(symlinks, (target) => target, realPath),
    units: mapSorted(units, (unit, name): UnitEntry => {
      const content = unit.source === undefined ? undefined : (reader.read(unit.source, ['units', name]) ?? EMPTY);
      const dropIns = mapSorted(
        unit.dropIns,
        (source, file) => reader.read(source, ['units', name, 'dropIns', file]) ?? EMPTY,
      );
      const enabled = unit.enable === true || services.enable.includes(name);
      const texts = [content, ...Object.values(dropIns)].flatMap((one) =>
        one === undefined ? [] : one.bytes.toString('utf8'),
      );
      const problem =
        enabled && content !== undefined && content !== EMPTY ? installProblem(name, texts.join('\n')) : undefined;
      if (problem !== undefined) {
        problems.push({
          severity: 'error',
          rule: 'unit-not-installable',
          ...problem,
          path: ['units', name],
          at: 'key',
        });
      }
      return { content, dropIns };
    }),
    services: {
      enable: unique([...services.enable, ...namesOf(units, (unit) => unit.enable === true)]),
      disable: unique([...services.disable, ...namesOf(units, (unit) => unit.enable === false)]),
      mask: unique([...services.mask, ...namesOf(units, (unit) => unit.mask)]),
    },
    users: mapSorted(users, (user, name): User => {
      return { ...user, group: user.group ?? name, home: realHome(name, user) };
    }),
    groups: mapSorted(parsed.groups, (group) => group),
    console: { login: console.login, serial: serialPort(console.serial, parsed.architecture) },
    image: { ...parsed.image, salt: parsed.image.salt ?? sha256(`ashlar salt of ${parsed.name}`) },
    surface: { setuid: unique(surface.setuid.map(realPath)) },
    keep: { ...keep, paths: unique(keep.paths.map(realPath)) },
    updates: updates && { ...updates, trust: readTrust(updates.trust, reader, problems) },
  };
  return { definition, problems };
}

/** The root of trust. What is no root role at all is refused here; whether it vouches for anything is seen when it is used. */
function readTrust(path: string, reader: ContentReader, problems: Problem[]): FileBytes {
  const content = reader.read({ kind: 'from', path }, ['updates', 'trust']);
  if (content !== undefined && !isRootRole(content.bytes)) {
    problems.push({
      severity: 'error',
      rule: 'not-a-root-of-trust',
      message: `${show(path)} is not a root of trust`,
      hint: 'name the root.json that `ashlar trust init` wrote',
      path: ['updates', 'trust'],
      at: 'value',
    });
  }
  return content ?? EMPTY;
}

/** True for JSON of the form of a root role (The Update Framework, 4.3). */
function isRootRole(bytes: Uint8Array): boolean {
  try {
    const role: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const signed = property(role, 'signed');
    return property(signed, '_type') === 'root' && Array.isArray(property(role, 'signatures'));
  } catch {
    return false;
  }
}

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

function mapSorted<From, To>(
  record: Readonly<Record<string, From>>,
  convert: (value: From, key: string) => To,
  rename: (key: string) => string = (key) => key,
): Record<string, To> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([key, value]): [string, To] => [rename(key), convert(value, key)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();

function namesOf<Value>(record: Readonly<Record<string, Value>>, wanted: (value: Value) => boolean): string[] {
  return Object.keys(record).filter((name) => wanted(record[name]!));
}

function realHome(name: string, user: ParsedDefinition['users'][string]): string {
  if (name === 'root') return '/root';
  if (user.home !== undefined) return realPath(user.home);
  return user.system ? `/var/lib/${name}` : `/var/home/${name}`;
}

/** The first serial port as the kernel calls it: a 16550 on PCs, a PL011 on ARM machines. */
function serialPort(serial: boolean | string, architecture: Definition['architecture']): string | undefined {
  if (typeof serial === 'string') return serial;
  if (!serial) return undefined;
  return architecture === 'arm64' ? 'ttyAMA0' : 'ttyS0';
}
