import type { TreeEditor } from './tree-editor.ts';

/**
 * Keeps the journal over restarts from the first boot on: systemd's own choice (`auto`) asks for a folder in `/var` that does not
 * exist yet when the journal first looks.
 */
export function writeJournal(tree: TreeEditor): void {
  tree.writeFile('/usr/lib/systemd/journald.conf.d/50-ashlar.conf', '[Journal]\nStorage=persistent\n');
}
