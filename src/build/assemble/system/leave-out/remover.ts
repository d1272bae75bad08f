import type { DirectoryNode, TreeNode } from '../../../../model/tree.ts';
import { globPattern } from './glob.ts';
import type { LeaveOutRule, LeftOut } from './leave-out-rule.ts';
import type { TreeEntry } from './select-paths.ts';

/** Takes entries out of a tree on behalf of rules, counts what goes, and spares what is to be kept. */
export class Remover {
  readonly #keep: readonly string[];
  readonly #spared: ReadonlySet<TreeNode>;
  readonly #counts = new Map<string, { reason: string; entries: number; bytes: number }>();
  readonly #counted = new Set<TreeNode>();

  /** `keep` are paths without leading slash that stay with what is below them, `spared` nodes that stay wherever they lie. */
  constructor(keep: readonly string[], spared: ReadonlySet<TreeNode>) {
    this.#keep = keep;
    this.#spared = spared;
  }

  /** Removes `entry`, except for what is kept and what matches one of `except` (globs of whole paths, without braces). */
  remove(rule: Pick<LeaveOutRule, 'name' | 'reason'>, entry: TreeEntry, except: readonly string[] = []): void {
    const { parent, name, node, path } = entry;
    if (this.#spared.has(node) || this.#isKept(path) || except.some((glob) => globPattern(glob).test(path))) return;
    if (node.type === 'directory') {
      for (const [childName, child] of node.children) {
        this.remove(rule, { parent: node, name: childName, node: child, path: `${path}/${childName}` }, except);
      }
      if (node.children.size > 0) return;
    }
    parent.children.delete(name);
    this.#count(rule, node);
  }

  /** What went, a line for each rule that took something, in the order of first use. */
  report(): LeftOut[] {
    return [...this.#counts].map(([rule, count]) => ({ rule, ...count }));
  }

  #isKept(path: string): boolean {
    return this.#keep.some((kept) => path === kept || path.startsWith(`${kept}/`));
  }

  #count(rule: Pick<LeaveOutRule, 'name' | 'reason'>, node: TreeNode): void {
    const count = this.#counts.get(rule.name) ?? { reason: rule.reason, entries: 0, bytes: 0 };
    count.entries += 1;
    if (node.type === 'file' && !this.#counted.has(node)) count.bytes += node.content.size;
    this.#counted.add(node);
    this.#counts.set(rule.name, count);
  }
}

/** Every entry below `directory`, parents before children. */
export function* entriesBelow(directory: DirectoryNode, path = ''): Generator<TreeEntry> {
  for (const [name, node] of directory.children) {
    yield { parent: directory, name, node, path: path + name };
    if (node.type === 'directory') yield* entriesBelow(node, `${path}${name}/`);
  }
}
