import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';
import { closest } from '../../model/closest.ts';
import type { ContentSource } from '../../model/definition/content-source.ts';
import type { FileBytes } from '../../model/definition/definition.ts';
import { show } from '../../model/definition/explain.ts';
import type { Problem } from '../../model/definition/problem.ts';
import type { PropertyPath } from '../../model/definition/property-path.ts';
import { sha256 } from '../../model/digest.ts';
import type { Finding } from '../../model/finding.ts';
import { fillTemplate } from './template.ts';

/** One file of a definition is held in memory; what is larger belongs into a package. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/** Reads what a definition's files are made of, and collects what is wrong. */
export interface ContentReader {
  /** The bytes of `source`; undefined when there was a problem. `path` is the entry's place in the definition. */
  read(source: ContentSource, path: PropertyPath): FileBytes | undefined;
  readonly problems: readonly Problem[];
  /** Problems inside templates: their place is in the template. */
  readonly findings: readonly Finding[];
  /** Absolute paths of the files that were read. */
  readonly sources: readonly string[];
}

/**
 * A reader of files in `directory`. Whoever wrote the definition may not be whoever runs it: a path that leaves the folder, as
 * text or through a symbolic link, is refused, or `from` could put a private key of this machine into an image.
 */
export function contentReader(directory: string, displayPath: (absolute: string) => string): ContentReader {
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const sources: string[] = [];
  let total = 0;

  return {
    problems,
    findings,
    sources,
    read(source, path) {
      if (source.kind === 'bytes') return fileBytes(source.bytes);
      const complain = (rule: string, message: string, hint: string): undefined => {
        problems.push({ severity: 'error', rule, message, hint, path: [...path, source.kind], at: 'value' });
        return undefined;
      };
      const wanted = join(directory, normalize(source.path));
      if (!isInside(wanted, directory)) {
        return complain(
          'path-outside-root',
          `${show(source.path)} lies outside the folder of the definition`,
          'copy the file beside the definition',
        );
      }
      const bytes = readInside(wanted, source.path, complain);
      if (bytes === undefined) return undefined;
      sources.push(wanted);
      if (source.kind === 'from') return fileBytes(bytes);
      const filled = fillTemplate(bytes.toString('utf8'), source.values, displayPath(wanted));
      findings.push(...filled.findings);
      return fileBytes(Buffer.from(filled.text, 'utf8'));
    },
  };

  function readInside(
    path: string,
    name: string,
    complain: (rule: string, message: string, hint: string) => undefined,
  ): Buffer | undefined {
    let descriptor: number;
    try {
      const real = realpathSync(path);
      if (!isInside(real, realpathSync(directory))) {
        return complain(
          'path-outside-root',
          `${show(name)} is a link out of the folder of the definition`,
          'copy the file beside the definition',
        );
      }
      // A pipe would block until someone writes to it; with this flag it opens, and is refused below.
      descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return complain('file-missing', `${show(name)} cannot be read: ${reason(error)}`, missingHint(path, name));
    }
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile())
        return complain(
          'file-missing',
          `${show(name)} is not a regular file`,
          'name a file; several files are several entries',
        );
      if (stat.size > MAX_FILE_BYTES || total + stat.size > MAX_TOTAL_BYTES) {
        return complain(
          'too-large',
          `${show(name)} is too large: ${stat.size} bytes`,
          `one file has at most ${MAX_FILE_BYTES} bytes and all together ${MAX_TOTAL_BYTES}; put large files into a package`,
        );
      }
      total += stat.size;
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

const fileBytes = (bytes: Buffer): FileBytes => ({ kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes });

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : String(code);
}

function missingHint(path: string, name: string): string {
  let present: string[] = [];
  try {
    present = readdirSync(dirname(path));
  } catch {
    // The folder is missing as well; the hint then names no neighbour.
  }
  const meant = closest(basename(path), present);
  return meant === undefined
    ? 'make the file, or correct the path'
    : `did you mean ${show(join(dirname(name), meant))}?`;
}
