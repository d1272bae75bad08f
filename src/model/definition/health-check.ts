import * as z from 'zod';
import { absolutePath } from './absolute-path.ts';
import { durationSchema } from './duration.ts';
import { explain } from './explain.ts';
import { strict } from './strict.ts';
import { unitName } from './unit.ts';

const timing = {
  interval: durationSchema('10s', 'How long to wait between two tries.'),
  timeout: durationSchema('5s', 'How long one try may take.'),
  successes: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('How many tries in a row must succeed for the check to hold. Default: 3.'),
};

const port = z.int().min(1).max(65_535);

const unitCheck = strict({
  kind: z.literal('unit').describe('A unit is active and stays so.'),
  unit: unitName.describe('Name of the unit.'),
  ...timing,
});

const httpCheck = strict({
  kind: z.literal('http').describe('An HTTP request is answered.'),
  url: z
    .url({
      protocol: /^https?$/,
      error: explain('this is not a URL for HTTP', 'write "http://127.0.0.1:8080/health"'),
    })
    .describe('What to ask for.')
    .meta({ examples: ['http://127.0.0.1/'] }),
  status: z.int().min(100).max(599).default(200).describe('Status that the answer must have. Default: 200.'),
  contains: z.string().min(1).optional().describe('Text that the answer must contain.'),
  ...timing,
});

const tcpCheck = strict({
  kind: z.literal('tcp').describe('A TCP port accepts connections.'),
  host: z.string().min(1).default('127.0.0.1').describe('Name or address. Default: `127.0.0.1`.'),
  port: port.describe('Port.'),
  ...timing,
});

const commandCheck = strict({
  kind: z.literal('command').describe('A command ends with status 0.'),
  command: z
    .array(z.string())
    .min(1)
    .describe('Program, by its absolute path, and its arguments. There is no shell in between.'),
  ...timing,
});

const fileCheck = strict({
  kind: z.literal('file').describe('A file exists.'),
  path: absolutePath.describe('Path of the file.'),
  contains: z.string().min(1).optional().describe('Text that the file must contain.'),
  ...timing,
});

const checkName = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
  error: explain('a health check has a name of lower-case letters, digits and hyphens', 'rename it: "web"'),
});

export const healthChecks = z
  .record(checkName, z.discriminatedUnion('kind', [unitCheck, httpCheck, tcpCheck, commandCheck, fileCheck]))
  .default({})
  .describe(
    'What must hold after an update for a release to be kept, by name. Recorded in the manifest of the release.',
  );
