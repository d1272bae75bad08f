import { statSync } from 'node:fs';
import { z } from 'zod';
import { verifyDisk } from '../build/verify/verify-disk.ts';
import { counted, verifyRelease } from '../build/verify/verify-release.ts';
import { AshlarError } from '../model/error.ts';
import { findingData, findingSchema } from './finding-schema.ts';
import { renderFindings } from './render-finding.ts';
import { defineVerb } from './verb.ts';

const result = z.strictObject({
  verified: z.boolean().describe('True when nothing is wrong'),
  place: z.string(),
  kind: z.enum(['release', 'disk']),
  held: z.array(z.string()).describe('What was checked and holds'),
  findings: z.array(findingSchema).describe('What is wrong'),
});

export default defineVerb({
  command: (command) => command.argument('<place>', 'a release directory, a raw disk image or a disk'),
  examples: [
    { command: 'ashlar verify out/minimal/1.0.0', explains: 'every file and every block of a release' },
    { command: 'ashlar verify minimal.raw', explains: 'a disk: partition table, boot images, every block they start' },
    { command: 'ashlar verify /dev/sdb', explains: 'the same of a real disk, e.g. a USB stick' },
  ],
  options: z.object({ arguments: z.tuple([z.string()]) }),
  result,
  async run({ arguments: [place] }, { progress, signal }) {
    const found = statSync(place, { throwIfNoEntry: false });
    if (found === undefined) {
      throw new AshlarError('release-not-found', `There is nothing at ${place}.`, {
        hint: 'Name a release directory such as out/minimal/1.0.0, or a disk image.',
      });
    }
    const kind = found.isDirectory() ? 'release' : 'disk';
    const verification = await (kind === 'release' ? verifyRelease : verifyDisk)(place, { progress, signal });
    const verified = verification.findings.every(({ severity }) => severity !== 'error');
    const result = {
      verified,
      place,
      kind,
      held: [...verification.held],
      findings: verification.findings.map(findingData),
    } as const;
    return { result, exitCode: verified ? 0 : 3 };
  },
  text: ({ verified, place, held, findings }, style) =>
    [
      ...(findings.length > 0 ? [renderFindings(findings, style), ''] : []),
      verified
        ? `${style.green('verified')} ${place}`
        : `${style.red('not verified')} ${place}: ${counted(findings.length)}`,
      ...held.map((each) => `  ${each}`),
    ].join('\n'),
});
