import { type ByteString, bytesOf, display } from '../../../model/byte-string.ts';
import { AshlarError } from '../../../model/error.ts';
import type { TreeNode } from '../../../model/tree.ts';
import { entriesBelow } from './leave-out/remover.ts';
import type { TreeEditor } from './tree-editor.ts';

/** A program whose privileges were taken away. */
export interface StrippedProgram {
  readonly path: string;
  /** Its mode before, with the bits that went. */
  readonly mode: number;
  /** Whether it had file capabilities (capabilities(7)). */
  readonly capabilities: boolean;
}

const SETUID_SETGID = 0o6000;
const CAPABILITY_XATTR = bytesOf('security.capability');

/**
 * Takes the setuid and setgid bits and the file capabilities off every file but those in `allowed`: each is a way from a user to
 * more than that. On folders the setgid bit only chooses a group, and stays.
 *
 * Throws `definition-invalid` when an allowed path is no file of the image: it would be a misspelling, and is not to go unseen.
 */
export function stripPrivileges(tree: TreeEditor, allowed: readonly string[]): StrippedProgram[] {
  const spared = new Set<TreeNode>();
  for (const path of allowed) {
    const node = tree.resolve(path);
    if (node?.type !== 'file') {
      throw new AshlarError('definition-invalid', `surface.setuid names ${path}, which is no file of the image`, {
        hint: 'Correct the path, or remove it; `ashlar inspect --surface` lists what has such bits.',
      });
    }
    spared.add(node);
  }
  const stripped: StrippedProgram[] = [];
  const seen = new Set<TreeNode>();
  for (const { node, path } of entriesBelow(tree.root)) {
    if (node.type !== 'file' || spared.has(node) || seen.has(node)) continue;
    const capabilities = node.xattrs.has(CAPABILITY_XATTR);
    if ((node.mode & SETUID_SETGID) === 0 && !capabilities) continue;
    seen.add(node);
    stripped.push({ path: `/${display(path as ByteString)}`, mode: node.mode, capabilities });
    node.mode &= ~SETUID_SETGID;
    if (capabilities) node.xattrs = new Map([...node.xattrs].filter(([name]) => name !== CAPABILITY_XATTR));
  }
  return stripped.sort((a, b) => (a.path < b.path ? -1 : 1));
}
