import type { Definition } from '../../model/definition/definition.ts';
import { AshlarError } from '../../model/error.ts';
import type { Lock } from '../../model/lock.ts';
import type { Store } from '../../store/store.ts';
import { lockedBootFiles } from '../assemble/boot/locked-boot-files.ts';
import type { AgentFiles } from '../assemble/system/updates/agent-files.ts';
import { bundleAgent } from './agent-bundle.ts';
import type { AgentMaterial } from './agent-material.ts';
import { nodeRuntime } from './node-runtime.ts';

/** What an image with the agent needs of it. */
export interface PreparedAgent {
  readonly files: AgentFiles;
  readonly materials: readonly AgentMaterial[];
}

/**
 * The agent for a system whose definition has `updates`; undefined for any other. Throws `agent-runtime-missing`, `boot-file-missing`,
 * `deb-unreadable`.
 */
export async function prepareAgent(
  { updates, architecture }: Pick<Definition, 'updates' | 'architecture'>,
  lock: Lock,
  store: Store,
  signal?: AbortSignal,
): Promise<PreparedAgent | undefined> {
  if (updates === undefined) return undefined;
  const node = nodeRuntime(architecture, store);
  const bundle = await bundleAgent();
  const { bless } = await lockedBootFiles(lock, store, signal);
  if (bless === undefined) {
    throw new AshlarError('boot-file-missing', "No package of the lock's boot group has systemd-bless-boot.", {
      hint: 'Make the lock again with `ashlar lock --update`.',
    });
  }
  return {
    files: { node: node.executable, libraries: node.libraries, bundle: bundle.code, bless },
    materials: [node.material, ...bundle.materials],
  };
}
