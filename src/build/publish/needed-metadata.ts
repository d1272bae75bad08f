import { METADATA_FOLDER } from '../../model/repository.ts';
import type { RepositoryFile, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { parseMetadata } from '../../trust/metadata/parse-metadata.ts';

const NUMBERED = /^metadata\/(\d{1,15})\.([A-Za-z0-9][A-Za-z0-9_-]{0,62})\.json$/;
const MAX_SNAPSHOT_BYTES = 16 << 20;
const MAX_TARGETS_BYTES = 16 << 20;

interface Numbered {
  readonly file: RepositoryFile;
  readonly version: number;
  readonly role: string;
}

/**
 * The metadata that a reader may still ask for: all roots (clients follow them one by one), everything from the current versions on, and what
 * was current less than the time of grace ago, so that a refresh that has begun comes to its end. Gives the paths, files that are not numbered metadata among them.
 */
export async function neededMetadata(
  repository: RepositoryWriter,
  current: Readonly<Record<string, number>>,
  youngerThan: Date,
): Promise<Set<string>> {
  const needed = new Set<string>();
  const roles = Map.groupBy(await numberedFiles(repository, needed), ({ role }) => role);
  for (const [role, files] of roles) {
    files.sort((a, b) => a.version - b.version);
    for (const [index, { file, version }] of files.entries()) {
      // It was superseded when the next one came.
      const successor = files[index + 1]?.file.modified;
      // Of a channel that is no more nothing is current; what snapshots name of it is kept below.
      const isCurrent = Object.hasOwn(current, role) && version >= current[role]!;
      const isFresh = (successor ?? file.modified) >= youngerThan;
      if (role === 'root' || isCurrent || isFresh) needed.add(file.path);
    }
  }
  // What a snapshot that is kept names is kept with it.
  for (const path of [...needed].filter((each) => NUMBERED.exec(each)?.[2] === 'snapshot')) {
    for (const named of await namedBy(repository, path)) needed.add(named);
  }
  return needed;
}

/** The roles that one of the targets files among `paths` delegates to. */
export async function delegatedRoles(repository: RepositoryWriter, paths: ReadonlySet<string>): Promise<Set<string>> {
  const names = new Set<string>();
  for (const path of paths) {
    const bytes =
      roleOfMetadata(path) === 'targets' ? await repository.read(path, { maxBytes: MAX_TARGETS_BYTES }) : undefined;
    if (bytes === undefined) continue;
    const { delegations } = parseMetadata(bytes, 'targets', path).signed;
    for (const { name } of delegations?.roles ?? []) names.add(name);
  }
  return names;
}

/** The role that the file at `path` is metadata of, or undefined. */
export function roleOfMetadata(path: string): string | undefined {
  return NUMBERED.exec(path)?.[2];
}

async function numberedFiles(repository: RepositoryWriter, others: Set<string>): Promise<Numbered[]> {
  const numbered: Numbered[] = [];
  for await (const file of repository.list(METADATA_FOLDER)) {
    const [, version, role] = NUMBERED.exec(file.path) ?? [];
    if (version === undefined || role === undefined) others.add(file.path);
    else numbered.push({ file, version: Number(version), role });
  }
  return numbered;
}

async function namedBy(repository: RepositoryWriter, path: string): Promise<string[]> {
  const bytes = await repository.read(path, { maxBytes: MAX_SNAPSHOT_BYTES });
  if (bytes === undefined) return [];
  const { meta } = parseMetadata(bytes, 'snapshot', path).signed;
  return Object.entries(meta).map(([name, { version }]) => `${METADATA_FOLDER}/${version}.${name}`);
}
