import { sha256 } from '../../model/digest.ts';
import type { DirectoryNode, FileNode, Timestamp, TreeNode } from '../../model/tree.ts';
import type { ReadContent } from '../../store/read-content.ts';
import { NORMAL_RULES, type NormalRule } from './normal-rules.ts';
import { pathPattern } from './path-pattern.ts';

/**
 * Takes out of a freshly installed tree, in place, what differs between two installations of the same packages: by the rules,
 * and all times that the installation itself made. No file is younger than `epoch` (seconds since 1970); directories and links
 * all have that time, as theirs depends on the order of unpacking.
 */
export function normalise(root: DirectoryNode, epoch: bigint, read: ReadContent): void {
  const rules = NORMAL_RULES.map((rule) => ({ rule, matches: pathPattern(patternOf(rule)) }));
  const latest: Timestamp = { seconds: epoch, nanoseconds: 0 };

  const visit = (directory: DirectoryNode, path: string): void => {
    directory.mtime = latest;
    for (const [name, node] of directory.children) {
      const childPath = path === '' ? name : `${path}/${name}`;
      const rule = rules.find(({ matches }) => matches.test(childPath))?.rule;
      if (rule !== undefined && 'remove' in rule) {
        directory.children.delete(name);
        continue;
      }
      if (rule !== undefined) apply(rule, node, read);
      if (node.type === 'directory') visit(node, childPath);
      else node.mtime = node.type === 'symlink' ? latest : notAfter(node.mtime, latest);
    }
  };
  visit(root, '');
}

function patternOf(rule: NormalRule): string {
  if ('remove' in rule) return rule.remove;
  if ('removeFilesBelow' in rule) return rule.removeFilesBelow;
  return 'emptyDirectory' in rule ? rule.emptyDirectory : rule.rewrite;
}

function apply(rule: Exclude<NormalRule, { remove: string }>, node: TreeNode, read: ReadContent): void {
  if ('rewrite' in rule) {
    if (node.type === 'file') rewrite(node, rule.by, read);
  } else if (node.type === 'directory') {
    if ('emptyDirectory' in rule) node.children.clear();
    else removeFiles(node);
  }
}

function rewrite(file: FileNode, by: (text: string) => string, read: ReadContent): void {
  // latin1 keeps every byte that the rule does not touch.
  const bytes = Buffer.from(by(read(file.content).toString('latin1')), 'latin1');
  file.content = { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
}

function removeFiles(directory: DirectoryNode): void {
  for (const [name, node] of directory.children) {
    if (node.type === 'directory') removeFiles(node);
    else directory.children.delete(name);
  }
}

function notAfter(time: Timestamp, latest: Timestamp): Timestamp {
  return time.seconds < latest.seconds ? time : latest;
}
