import { once } from 'node:events';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { AshlarError } from '../model/error.ts';
import { serveRepository } from '../store/transport/serve-repository.ts';
import { defineVerb } from './verb.ts';
import { wholeNumber } from './whole-number.ts';

const DEFAULT_PORT = '8080';
const MAX_PORT = 65_535;

export default defineVerb({
  command: (command) =>
    command
      .argument('<directory>', 'the repository')
      .option('--listen <address>', 'the address; only this machine reaches the default', '127.0.0.1')
      .option('--port <number>', 'the port; 0 takes one that is free', DEFAULT_PORT),
  examples: [
    { command: 'ashlar repo serve repository', explains: 'for a device in a virtual machine on this one' },
    {
      command: 'ashlar repo serve repository --listen 0.0.0.0 --port 8000',
      explains: 'for the machines of a desk; for more, any web server serves the directory',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    listen: z.string().min(1),
    port: wholeNumber(0, MAX_PORT),
  }),
  result: z.strictObject({
    url: z.string(),
    requests: z.int().min(0),
    bytes: z.int().min(0).describe('Bytes of the answers'),
  }),
  async run({ arguments: [place], listen, port }, { progress, signal, emit }) {
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new AshlarError('path-unusable', `There is no directory ${place}.`, {
        hint: 'Name the directory of a repository; `ashlar trust init` makes one.',
      });
    }
    let [requests, bytes] = [0, 0];
    const server = await serveRepository({
      directory: resolve(place),
      host: listen,
      port,
      onServed(served) {
        requests += 1;
        bytes += served.bytes;
        emit({ event: 'served', ...served });
      },
    });
    progress.note(`Serving ${place} at ${server.url} until Ctrl-C`);
    emit({ event: 'listening', url: server.url });
    // To be interrupted is how it is meant to end.
    if (!signal.aborted) await once(signal, 'abort');
    await server.close();
    return { result: { url: server.url, requests, bytes } };
  },
  text: ({ requests, bytes }) => `${requests} requests answered, ${bytes} bytes`,
});
