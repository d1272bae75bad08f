import type { Definition } from '../../../../model/definition/definition.ts';
import { AshlarError } from '../../../../model/error.ts';
import { IMAGE_GENERATION_PATH } from '../../../../model/image-generation.ts';
import { documentBytes } from '../../../../model/manifest.ts';
import { BUILT_IN_ROOT_PATH, UPDATE_CONFIG_PATH } from '../../../../model/update-config.ts';
import type { TreeEditor } from '../tree-editor.ts';
import type { AgentFiles } from './agent-files.ts';
import { AGENT_PATH, AGENT_SERVICE, CLIENT_SCRIPT, NODE_PATH } from './agent-service.ts';
import { BOOT_COUNT_SCRIPT } from './boot-count.ts';
import { DEADLINE_SCRIPT, DEADLINE_SERVICE, deadlineTimer } from './deadline-units.ts';
import { ESP_AUTOMOUNT, ESP_MOUNT } from './esp-units.ts';
import { BLESS_SERVICE, HEALTH_SERVICE } from './health-units.ts';
import { imageGeneration } from './image-generation-of.ts';
import { SHUTDOWN_SCRIPT, SHUTDOWN_SERVICE } from './shutdown-marker.ts';
import { updateConfigOf } from './update-config-of.ts';
import { WATCHDOG_CONFIG, WATCHDOG_CONFIG_PATH, WATCHDOG_MODULES } from './watchdog.ts';

type UpdatedPart = Pick<
  Definition,
  'name' | 'version' | 'architecture' | 'disk' | 'healthChecks' | 'timeZone' | 'updates'
>;

export interface UpdateParts {
  /** Seconds since 1970, as in the manifest. */
  readonly epoch: bigint;
  /** Present when the definition has `updates`. */
  readonly agent: AgentFiles | undefined;
}

const UNITS = '/usr/lib/systemd/system';

/** Units by name that a system with updates has, and which of them start by themselves. */
function updateUnits(
  deadlineSeconds: number,
): { readonly name: string; readonly text: string; readonly starts: boolean }[] {
  return [
    { name: 'ashlar-agent.service', text: AGENT_SERVICE, starts: true },
    { name: 'ashlar-deadline.service', text: DEADLINE_SERVICE, starts: false },
    { name: 'ashlar-deadline.timer', text: deadlineTimer(deadlineSeconds), starts: true },
    { name: 'ashlar-health.service', text: HEALTH_SERVICE, starts: true },
    { name: 'ashlar-shutdown.service', text: SHUTDOWN_SERVICE, starts: true },
    { name: 'efi.automount', text: ESP_AUTOMOUNT, starts: true },
    { name: 'efi.mount', text: ESP_MOUNT, starts: false },
    { name: 'systemd-bless-boot.service', text: BLESS_SERVICE, starts: false },
  ];
}

/**
 * Makes a system one that updates itself, as its definition says: the agent with Node and what it reads, and the units that watch over
 * a release on probation whether or not the agent works. A system without `updates` stays as it is. Returns the units to enable.
 */
export function writeUpdates(tree: TreeEditor, definition: UpdatedPart, parts: UpdateParts): string[] {
  const { updates, timeZone } = definition;
  if (updates === undefined) return [];
  const { agent } = parts;
  if (agent === undefined) throw new TypeError('a system with updates needs the files of the agent');
  requireLibraries(tree, agent.libraries);
  tree.writeFile(NODE_PATH, agent.node, { mode: 0o755 });
  tree.writeFile(AGENT_PATH, agent.bundle);
  tree.writeFile('/usr/bin/ashlar', CLIENT_SCRIPT, { mode: 0o755 });
  tree.writeFile(UPDATE_CONFIG_PATH, documentBytes(updateConfigOf(updates, timeZone)));
  tree.writeFile(BUILT_IN_ROOT_PATH, updates.trust);
  tree.writeFile(IMAGE_GENERATION_PATH, documentBytes(imageGeneration(definition, parts.epoch)));

  tree.writeFile('/usr/lib/systemd/systemd-bless-boot', agent.bless, { mode: 0o755 });
  const scripts = { 'boot-count': BOOT_COUNT_SCRIPT, deadline: DEADLINE_SCRIPT, 'clean-shutdown': SHUTDOWN_SCRIPT };
  for (const [name, text] of Object.entries(scripts)) tree.writeFile(`/usr/lib/ashlar/${name}`, text, { mode: 0o755 });
  writeWatchdog(tree);

  const units = updateUnits(updates.probation.deadline / 1000);
  for (const { name, text } of units) tree.writeFile(`${UNITS}/${name}`, text);
  return units.flatMap(({ name, starts }) => (starts ? name : []));
}

/** A Node that cannot be started would be noticed by a device first, in its deadline. Throws `agent-runtime-missing`. */
function requireLibraries(tree: TreeEditor, libraries: readonly string[]): void {
  const folders = [...(tree.directory('/usr/lib')?.children.keys() ?? [])].filter((name) =>
    name.endsWith('-linux-gnu'),
  );
  const missing = libraries.filter(
    (library) => !folders.some((folder) => tree.resolve(`/usr/lib/${folder}/${library}`)?.type === 'file'),
  );
  if (missing.length === 0) return;
  throw new AshlarError(
    'agent-runtime-missing',
    `Node, which runs the agent, needs ${missing.join(', ')} in the image.`,
    {
      hint: 'Make the lock again with `ashlar lock --update`; is a library among the packages that the definition excludes?',
    },
  );
}

function writeWatchdog(tree: TreeEditor): void {
  tree.writeFile(WATCHDOG_CONFIG_PATH, WATCHDOG_CONFIG);
  const [kernel] = tree.directory('/usr/lib/modules')?.children.keys() ?? [];
  const index = kernel === undefined ? '' : (tree.text(`/usr/lib/modules/${kernel}/modules.dep`) ?? '');
  // modules-load.d(5) fails for a module that the kernel does not have.
  const there = WATCHDOG_MODULES.filter((module) => new RegExp(`/${module}\\.ko[.a-z]*:`, 'm').test(index));
  tree.writeFile('/usr/lib/modules-load.d/50-ashlar-watchdog.conf', there.map((module) => `${module}\n`).join(''));
}
