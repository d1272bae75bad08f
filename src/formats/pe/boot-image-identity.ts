import { isSha256, type Sha256 } from '../../model/digest.ts';
import type { ReadAt } from '../read-at.ts';
import type { PeImage, PeSection } from './parse-pe.ts';
import { readPe } from './read-pe.ts';

/** What a boot image says of itself, whatever its file is called. */
export interface BootImageIdentity {
  /** IMAGE_ID of its os-release. */
  readonly name: string | undefined;
  /** IMAGE_VERSION of its os-release. */
  readonly version: string | undefined;
  /** `roothash=` of its command line. */
  readonly rootHash: Sha256 | undefined;
}

/** An os-release or a command line is far shorter. */
const MAX_TEXT_BYTES = 65_536;

/**
 * Reads the identity of the unified kernel image of `size` bytes behind `readAt`: its headers and two small sections, not the rest.
 * Undefined when it is none.
 */
export function bootImageIdentity(readAt: ReadAt, size: number): BootImageIdentity | undefined {
  const image = readPe(readAt, size);
  if (image === undefined) return undefined;
  const osRelease = textOf(readAt, image, '.osrel');
  const commandLine = textOf(readAt, image, '.cmdline');
  if (osRelease === undefined || commandLine === undefined) return undefined;
  const hash = /(?:^|\s)roothash=(\S+)/.exec(commandLine)?.[1];
  return {
    name: osReleaseValue(osRelease, 'IMAGE_ID'),
    version: osReleaseValue(osRelease, 'IMAGE_VERSION'),
    rootHash: hash !== undefined && isSha256(hash) ? hash : undefined,
  };
}

function textOf(readAt: ReadAt, { sections }: PeImage, name: string): string | undefined {
  const section = sections.find((candidate) => candidate.name === name);
  const bytes = section === undefined ? 0 : contentBytes(section);
  if (section === undefined || bytes > MAX_TEXT_BYTES) return undefined;
  return readAt(section.rawOffset, bytes).toString('utf8').replace(/\0+$/, '');
}

function contentBytes({ virtualSize, rawSize }: PeSection): number {
  return Math.min(virtualSize, rawSize);
}

/** The value of `key` in an os-release file, its quotes taken off (os-release(5)). */
function osReleaseValue(text: string, key: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${key}=`));
  return line
    ?.slice(key.length + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
}
