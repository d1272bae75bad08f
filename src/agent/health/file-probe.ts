import { open, stat } from 'node:fs/promises';
import { type Probe, printable } from './check-result.ts';

const MAX_FILE_BYTES = 1 << 20;

interface Asked {
  readonly path: string;
  readonly contains?: string | undefined;
}

/** Whether something has that path, and has the text within its first MiB. */
export function fileProbe({ path, contains }: Asked): Probe {
  return async () => {
    try {
      const found = await stat(path);
      if (contains === undefined) return { passed: true, output: `${path} is there` };
      // Opening a pipe would wait for somebody to write into it.
      if (!found.isFile()) return { passed: false, output: `${path} is no file` };
      const has = (await start(path)).includes(contains);
      return { passed: has, output: `${path} ${has ? 'contains' : 'does not contain'} “${printable(contains)}”` };
    } catch (error) {
      return { passed: false, output: printable((error as Error).message) };
    }
  };
}

async function start(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(MAX_FILE_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  return buffer.toString('utf8', 0, bytesRead);
}
