import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as z from 'zod';
import { DEFINITION_FILE_NAMES } from '../build/evaluate/locate-definition.ts';
import { usingPath } from '../build/using-path.ts';
import { systemName } from '../model/definition/release-name.ts';
import { AshlarError } from '../model/error.ts';
import { firstDefinition } from './first-definition.ts';
import { defineVerb } from './verb.ts';

const options = z.object({
  arguments: z.tuple([z.string().default('.')]),
  name: z.string().optional(),
  language: z.enum(['ts', 'yaml']).default('ts'),
});

const result = z
  .strictObject({
    file: z.string().describe('Path of the definition that was written'),
    name: z.string().describe('Name of the system'),
  })
  .describe('What `ashlar init` wrote');

/** What a folder's name leaves when it is no name for a system. */
const FALLBACK_NAME = 'my-system';

export default defineVerb({
  command: (command) =>
    command
      .argument('[folder]', 'where to write it; made when it is not there', '.')
      .option('--name <name>', 'name of the system (default: that of the folder)')
      .option('--language <ts|yaml>', 'language of the definition', 'ts'),
  examples: [
    { command: 'ashlar init', explains: 'Write os.ts here.' },
    { command: 'ashlar init my-server --language yaml', explains: 'Write my-server/os.yaml.' },
  ],
  options,
  result,
  async run({ arguments: [folder], name: asked, language }) {
    const name = asked ?? nameFrom(folder);
    if (!systemName.safeParse(name).success) {
      throw new AshlarError('usage', `'${name}' is not a name for a system.`, {
        hint: 'Use at most 32 lower-case letters, digits and single hyphens, starting with a letter.',
      });
    }
    usingPath(folder, () => mkdirSync(folder, { recursive: true }));
    const present = usingPath(folder, () => readdirSync(folder)).filter((entry) =>
      DEFINITION_FILE_NAMES.includes(entry),
    );
    if (present.length > 0) {
      throw new AshlarError('path-conflict', `${folder} holds a definition already: ${present.join(', ')}.`, {
        hint: 'Change that one, or name another folder.',
      });
    }
    const { file, text } = firstDefinition(name, language === 'ts' ? 'typescript' : 'yaml');
    const path = join(folder, file);
    usingPath(path, () => writeFileSync(path, text, { flag: 'wx' }));
    return { result: { file: path, name } };
  },
  text: ({ file, name }, style) =>
    [
      `${style.green('✔')} Wrote ${file}, the definition of ${style.bold(name)}.`,
      `  ashlar run ${file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'}  builds it and boots it in a virtual machine`,
    ].join('\n'),
});

function nameFrom(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 32)
    .replace(/-+$/, '');
  return name === '' ? FALLBACK_NAME : name;
}
