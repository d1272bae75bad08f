import { selectPaths } from '../leave-out/select-paths.ts';
import type { TreeEditor } from '../tree-editor.ts';

/** A unit that systemd pulls in by a link in `/usr`, which no preset can undo, and that need not start at boot. */
export interface NotStartedUnit {
  readonly unit: string;
  readonly reason: string;
}

/**
 * Units that stay in the image, to be started by hand, by what needs them, or by `services.enable`, and that are not started at
 * boot. Each costs boot time (0.1 to 2 s in an emulated machine), and some open a door.
 */
export const NOT_STARTED_UNITS: readonly NotStartedUnit[] = [
  { unit: 'dev-hugepages.mount', reason: 'only programs that map huge pages as files need it' },
  { unit: 'dev-mqueue.mount', reason: 'message queues work without being seen as files' },
  { unit: 'sys-kernel-debug.mount', reason: 'kernel internals are for debugging, not for production' },
  { unit: 'sys-kernel-tracing.mount', reason: 'kernel internals are for debugging, not for production' },
  { unit: 'sys-kernel-config.mount', reason: 'nothing configures USB gadgets or storage targets' },
  { unit: 'sys-fs-fuse-connections.mount', reason: 'only to abort FUSE file systems by hand' },
  { unit: 'systemd-ask-password-console.path', reason: 'nobody sits there to type a password' },
  { unit: 'systemd-ask-password-wall.path', reason: 'nobody sits there to type a password' },
  { unit: 'systemd-creds.socket', reason: 'unprivileged programs have no credentials to unseal' },
  { unit: 'systemd-hostnamed.socket', reason: 'hostnamectl starts it over D-Bus' },
  { unit: 'systemd-sysext.socket', reason: 'the image is not extended by unprivileged programs' },
  { unit: 'podman.socket', reason: 'root’s container API is a door that the definition has to open' },
];

/** Removes the links in `/usr` that would start them, except for units in `wanted`. */
export function unlinkNotStarted(tree: TreeEditor, wanted: ReadonlySet<string>): void {
  const units = new Set(NOT_STARTED_UNITS.map(({ unit }) => unit).filter((unit) => !wanted.has(unit)));
  for (const { parent, name } of selectPaths(tree.root, ['usr/lib/systemd/system/*.{wants,requires,upholds}/*'])) {
    if (units.has(name)) parent.children.delete(name);
  }
}
