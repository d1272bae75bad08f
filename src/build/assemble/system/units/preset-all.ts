import type { ByteString } from '../../../../model/byte-string.ts';
import type { DirectoryNode } from '../../../../model/tree.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { type InstallLink, installLinks } from './install-units.ts';
import { type PresetRule, presetVerdict } from './preset-rules.ts';
import { UnitDirectory, type UnitScope } from './unit-directory.ts';

const DEPENDENCY_FOLDER = /\.(wants|requires|upholds)$/;

/**
 * Enables what `rules` say, as `systemctl preset-all` does on a system where nothing is enabled yet (see {@link disableAll}).
 * Returns the links that it made.
 */
export function presetAll(tree: TreeEditor, scope: UnitScope, rules: readonly PresetRule[]): InstallLink[] {
  const units = new UnitDirectory(tree, scope);
  const enabled = units.names().flatMap((name) => {
    if (units.find(name)?.kind !== 'file') return [];
    const verdict = presetVerdict(rules, name);
    return verdict.action === 'enable' ? verdict.names : [];
  });
  const links = installLinks(units, enabled);
  for (const { path, target } of links) tree.writeSymlink(path, target);
  return links;
}

/**
 * Removes every link that enables a unit; links to `/dev/null` (masks) and files stay. What packages enabled while they were
 * installed is not what the definition asks for.
 */
export function disableAll(tree: TreeEditor, scope: UnitScope): void {
  const directory = tree.directory(`/etc/systemd/${scope}`);
  for (const [name, node] of directory?.children ?? []) {
    if (node.type === 'directory' && DEPENDENCY_FOLDER.test(name)) {
      removeLinks(node);
      if (node.children.size === 0) directory?.children.delete(name);
    }
  }
  if (directory !== undefined) removeLinks(directory);
}

function removeLinks(directory: DirectoryNode): void {
  const links: ByteString[] = [];
  for (const [name, node] of directory.children) {
    if (node.type === 'symlink' && node.target !== '/dev/null') links.push(name);
  }
  for (const name of links) directory.children.delete(name);
}
