import { z } from 'zod';
import { buildRelease } from '../build/build-release.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { openStore } from '../store/store.ts';
import { tellWarnings } from './tell-warnings.ts';
import { defineVerb } from './verb.ts';

const result = z.strictObject({
  name: z.string().describe('The system'),
  version: z.string().describe('The release'),
  directory: z.string().describe('Where the release lies'),
  changed: z.boolean().describe('False when the release was there already, with the same bytes'),
  rootHash: z.string().describe('dm-verity root hash: identifies the image'),
  sizes: z.strictObject({ image: z.int(), tree: z.int(), uki: z.int() }).describe('Bytes'),
  packages: z.int().describe('How many packages the image is made of'),
});

export default defineVerb({
  command: (command) =>
    command
      .argument('[place]', 'the definition: its folder or file', '.')
      .option('-o, --out <directory>', 'where releases go, as <directory>/<name>/<version>', 'out')
      .option('--previous <release>', 'directory of the release before: data that did not change stays where it was')
      .option('--frozen', 'fail rather than write the lock (for CI)', false),
  examples: [
    { command: 'ashlar build', explains: 'builds the definition in this folder into out/' },
    { command: 'ashlar build examples/minimal -o /srv/releases', explains: 'names the definition and the place' },
    {
      command: 'ashlar build --previous out/web/1.0.0',
      explains: 'keeps what did not change where it was: small updates',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    out: z.string(),
    previous: z.string().optional(),
    frozen: z.boolean(),
  }),
  result,
  async run({ arguments: [place], out, previous, frozen }, { progress, signal }) {
    const built = await buildRelease(place, { out, previous, frozen, store: openStore(), progress, signal });
    const { manifest } = built;
    tellWarnings(built.evaluated.warnings, progress);
    return {
      result: {
        name: manifest.name,
        version: manifest.version,
        directory: built.directory,
        changed: built.changed,
        rootHash: manifest.root.hash,
        sizes: { image: manifest.root.image.size, tree: manifest.root.tree.size, uki: manifest.boot.uki.size },
        packages: built.packages,
      },
    };
  },
  text: ({ name, version, directory, changed, rootHash, sizes, packages }, style) =>
    [
      `${style.bold(`${name} ${version}`)} ${changed ? 'built' : 'unchanged'}: ${directory}`,
      `  root   ${formatBytes(sizes.image)} + ${formatBytes(sizes.tree)} of hashes, ${packages} ${packages === 1 ? 'package' : 'packages'}, ${style.dim(rootHash)}`,
      `  boot   ${formatBytes(sizes.uki)}`,
      `  next   ashlar inspect ${directory} · ashlar run ${directory}`,
    ].join('\n'),
});
