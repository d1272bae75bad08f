import { z } from 'zod';
import { extractImage } from '../build/extract-image.ts';
import { display } from '../model/byte-string.ts';
import { inodeAt, withImage } from './fs-image.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  directory: z.string(),
  entries: z.number().int(),
  skipped: z.array(z.string()).describe('Device nodes when not run by root, and sockets'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('<image>', 'the image: a file or a block device')
      .argument('[path]', 'what to extract: a directory with all below it, or a file', '/')
      .requiredOption('-C, --directory <directory>', 'where to; made when it is not there'),
  examples: [
    { command: 'ashlar fs extract root.erofs -C tree', explains: 'unpacks the image into the empty directory tree' },
    { command: 'ashlar fs extract root.erofs -C . /usr/lib/os-release', explains: 'one file' },
  ],
  options: z.object({
    arguments: z.tuple([z.string(), z.string().default('/')]),
    directory: z.string(),
  }),
  result: resultSchema,
  run: ({ arguments: [path, inside], directory }, call) =>
    withImage(path, async (image) => {
      const start = inodeAt(image, inside, false);
      const wholeImage = start.path === '';
      const step = call.progress.begin(`Extracting ${path}`, {
        unit: 'items',
        ...(wholeImage ? { total: image.superblock.inodes } : {}),
      });
      const { entries, skipped } = await extractImage(image, {
        start: start.inode,
        path: start.path,
        directory,
        signal: call.signal,
        onEntry: () => step.advance(1),
      });
      step.end(`${entries} entries`);
      return { result: { directory, entries, skipped: skipped.map((name) => `/${display(name)}`) } };
    }),
  text: ({ directory, entries, skipped }) => {
    const lines = [`${entries} entries extracted into ${directory}`];
    if (skipped.length > 0) lines.push(`Left out (devices need root, sockets cannot be kept): ${skipped.join(', ')}`);
    return lines.join('\n');
  },
});
