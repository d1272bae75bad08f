import { open } from 'node:fs/promises';
import { readTar } from '../../../formats/tar/read-tar.ts';
import { TAR_BLOCK_BYTES } from '../../../formats/tar/tar-header.ts';
import { display } from '../../../model/byte-string.ts';
import { AshlarError } from '../../../model/error.ts';
import { archiveInvalid } from '../container-errors.ts';
import type { LayoutFiles } from './layout-files.ts';
import { readFrom } from './read-from.ts';

/** An image has some hundred files; an archive of many images thousands. */
const MAX_MEMBERS = 100_000;
const MAGICS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58]],
];
const DOCKER = 'Turn it into one: skopeo copy docker-archive:image.tar oci-archive:image.oci.tar';

/** Where the bytes of a member lie. */
interface Member {
  readonly offset: number;
  readonly size: number;
}

/**
 * The files of a layout in a tar archive. It is read through once, to learn where each file lies. Throws `container-archive-invalid` for what is no such archive: compressed, damaged, or
 * docker's own format.
 */
export async function archiveFiles(path: string): Promise<LayoutFiles> {
  const members = await membersOf(path);
  if (!members.has('oci-layout')) {
    const isDockers = members.has('manifest.json');
    throw archiveInvalid(
      path,
      isDockers ? 'it is an archive of docker’s own format' : 'it has no file oci-layout',
      isDockers ? { hint: DOCKER } : {},
    );
  }
  return {
    describe: () => path,
    async open(name) {
      const member = members.get(name);
      if (member === undefined) return undefined;
      const file = await opened(path);
      return { size: member.size, bytes: readFrom(file, member.offset, member.size, true), close: () => file.close() };
    },
  };
}

async function membersOf(path: string): Promise<ReadonlyMap<string, Member>> {
  const members = new Map<string, Member>();
  const file = await opened(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(4);
    await file.read(head, 0, head.length, 0);
    const compression = MAGICS.find(([, magic]) => magic.every((byte, at) => head[at] === byte))?.[0];
    if (compression !== undefined) {
      throw archiveInvalid(path, `it is compressed with ${compression}`, {
        hint: 'Unpack it first: its layers are compressed already.',
      });
    }
    for await (const entry of readTar(readFrom(file, 0, size, false))) {
      if (entry.type === 'directory') continue;
      const name = display(entry.path).replace(/^(?:\.\/)+/, '');
      if (members.size === MAX_MEMBERS) throw archiveInvalid(path, `it has more than ${MAX_MEMBERS} files`);
      // Two readers could take one each.
      if (members.has(name)) throw archiveInvalid(path, `it has ${JSON.stringify(name)} twice`);
      if (entry.type !== 'file' || entry.extents !== undefined) {
        if (/^(?:oci-layout|index\.json|blobs\/.*)$/.test(name)) throw archiveInvalid(path, `${name} is no plain file`);
        continue;
      }
      members.set(name, { offset: entry.offset + TAR_BLOCK_BYTES, size: entry.size });
    }
  } catch (error) {
    if (!(error instanceof AshlarError) || !error.code.startsWith('tar-')) throw error;
    throw archiveInvalid(path, error.message.replace(/\.$/, ''), { cause: error });
  } finally {
    await file.close();
  }
  return members;
}

async function opened(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw archiveInvalid(path, `it cannot be opened (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}
