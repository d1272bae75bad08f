import { z } from 'zod';
import { checkErofs } from '../formats/erofs/check-erofs.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { findingData, findingSchema } from './finding-schema.ts';
import { breathe, openImageFile } from './fs-image.ts';
import { renderFindings } from './render-finding.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  image: z.string(),
  sound: z.boolean().describe('No finding is an error'),
  inodes: z.number().int(),
  directories: z.number().int(),
  contentBytes: z.number().int(),
  findings: z.array(findingSchema),
});

/** How many inodes are checked between two looks at the signal. */
const INODES_PER_BREATH = 50;

export default defineVerb({
  command: (command) => command.argument('<image>', 'the image: a file or a block device'),
  examples: [
    { command: 'ashlar fs check root.erofs', explains: 'reads everything; exits 3 when something is wrong' },
    { command: 'ashlar fs check --json root.erofs', explains: 'every finding with its rule and path' },
  ],
  options: z.object({ arguments: z.tuple([z.string()]) }),
  result: resultSchema,
  async run({ arguments: [path] }, call) {
    const file = openImageFile(path);
    const progress = call.progress.begin(`Checking ${path}`, { unit: 'items' });
    try {
      const steps = checkErofs(file.read, file.size);
      let done = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        done += 1;
        progress.advance(1);
        if (done % INODES_PER_BREATH === 0) await breathe(call.signal);
      }
      const { findings, inodes, directories, contentBytes } = step.value;
      const sound = findings.every(({ severity }) => severity !== 'error');
      progress.end(`${inodes} inodes`);
      const result = { image: path, sound, inodes, directories, contentBytes, findings: findings.map(findingData) };
      return { result, ...(sound ? {} : { exitCode: 3 as const }) };
    } finally {
      file.close();
    }
  },
  text({ image, sound, inodes, directories, contentBytes, findings }, style) {
    const summary = `${inodes} inodes, ${directories} directories, ${formatBytes(contentBytes)} of content`;
    const verdict = sound ? `${image} is sound: ${summary}` : `${image} is damaged (${summary})`;
    return findings.length === 0 ? verdict : `${renderFindings(findings, style)}\n\n${verdict}`;
  },
});
