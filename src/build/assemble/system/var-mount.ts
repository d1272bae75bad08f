import type { TreeEditor } from './tree-editor.ts';

/**
 * The initrd has mounted `/var` before systemd starts, and it is unmounted as the root is: at the very end, when no process is
 * left (systemd-shutdown(8)). systemd's own default would try while the journal still writes to it, and report a failure.
 */
export function writeVarMount(tree: TreeEditor): void {
  tree.writeFile('/usr/lib/systemd/system/var.mount.d/50-ashlar.conf', '[Unit]\nDefaultDependencies=no\n');
}
