import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AshlarError } from '../../model/error.ts';

/** Where a definition is, and what it is written in. */
export interface DefinitionFile {
  /** Absolute. */
  readonly path: string;
  /** Absolute: the folder that `from` and `template` are relative to, and that they cannot leave. */
  readonly directory: string;
  readonly language: 'typescript' | 'yaml';
}

/** File names of definitions; JSON is read as the subset of YAML that it is. */
export const DEFINITION_FILE_NAMES: readonly string[] = ['os.ts', 'os.yaml', 'os.yml', 'os.json'];

const LANGUAGES: Readonly<Record<string, DefinitionFile['language']>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.js': 'typescript',
  '.mjs': 'typescript',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'yaml',
};

/**
 * Finds the definition at `place`: a file, or a folder that holds exactly one of `os.ts`, `os.yaml`, `os.yml`, `os.json`.
 * @throws AshlarError `definition-not-found`, `definition-ambiguous`
 */
export function locateDefinition(place: string): DefinitionFile {
  const path = resolve(place);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) {
    throw new AshlarError('definition-not-found', `There is no definition at ${place}: nothing lies there.`, {
      hint: 'Name a folder with an os.ts, or a definition file. `ashlar init` writes a first one.',
    });
  }
  if (!kind.isDirectory()) return definitionFile(path, place);
  const present = DEFINITION_FILE_NAMES.filter((name) => readdirSync(path).includes(name));
  const [only, another] = present;
  if (only === undefined) {
    throw new AshlarError('definition-not-found', `There is no definition in ${place}.`, {
      hint: `It would be called ${DEFINITION_FILE_NAMES.join(', ')}. \`ashlar init ${place}\` writes a first one.`,
    });
  }
  if (another !== undefined) {
    throw new AshlarError('definition-ambiguous', `${place} holds several definitions: ${present.join(', ')}.`, {
      hint: `Name the one that is meant: ${join(place, only)}.`,
    });
  }
  return definitionFile(join(path, only), place);
}

function definitionFile(path: string, place: string): DefinitionFile {
  const language = LANGUAGES[extname(path)];
  if (language === undefined) {
    throw new AshlarError('definition-not-found', `${place} is not a definition: it is called ${basename(path)}.`, {
      hint: 'A definition is TypeScript (.ts), YAML (.yaml) or JSON (.json).',
    });
  }
  return { path, directory: dirname(path), language };
}
