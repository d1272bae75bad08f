import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type ContentPiece, readContent } from '../formats/erofs/read-content.ts';
import { display } from '../model/byte-string.ts';
import { AshlarError } from '../model/error.ts';
import { inodeAt, withImage } from './fs-image.ts';
import { defineVerb } from './verb.ts';

/** A larger file has no place in one JSON string. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Holes are written as zeros in pieces of this size. */
const ZEROS = Buffer.alloc(65_536);

const resultSchema = z.object({
  path: z.string(),
  size: z.number().int(),
  content: z.base64().optional().describe('The file, with --json; otherwise it goes to standard output as it is'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<image>', 'the image: a file or a block device')
      .argument('<path>', 'the file in it; symbolic links are followed within the image'),
  examples: [{ command: 'ashlar fs cat root.erofs /etc/os-release', explains: 'prints a file' }],
  options: z.object({ arguments: z.tuple([z.string(), z.string()]) }),
  result: resultSchema,
  run: ({ arguments: [path, inside] }, call) =>
    withImage(path, async (image) => {
      const { inode, path: found } = inodeAt(image, inside, true);
      if (inode.type !== 'file') {
        throw new AshlarError('path-unusable', `${inside} is a ${inode.type}, not a file.`, {
          hint: 'Name a regular file.',
        });
      }
      const result = { path: `/${display(found)}`, size: inode.size };
      const content = readContent(image, inode);
      if (!call.json) {
        await print(content, call.signal);
        return { result };
      }
      if (inode.size > MAX_JSON_BYTES) {
        throw new AshlarError('usage', `${inside} has ${inode.size} bytes, too many for JSON.`, {
          hint: 'Leave --json out.',
        });
      }
      return { result: { ...result, content: Buffer.concat([...bytesOfPieces(content)]).toString('base64') } };
    }),
  text: () => '',
});

async function print(content: Iterable<ContentPiece>, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(Readable.from(bytesOfPieces(content), { objectMode: false }), process.stdout, {
      signal,
      end: false,
    });
  } catch (error) {
    // The reader of the pipe has seen enough (`… | head`).
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

function* bytesOfPieces(content: Iterable<ContentPiece>): Generator<Buffer> {
  for (const piece of content) {
    if (piece.kind === 'data') yield piece.bytes;
    else for (let left = piece.size; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
  }
}
