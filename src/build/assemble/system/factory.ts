import { type ByteString, bytesOf, toBuffer } from '../../../model/byte-string.ts';
import type { DirectoryNode, TreeNode } from '../../../model/tree.ts';
import type { TreeEditor } from './tree-editor.ts';

/** Where tmpfiles.d(5) copies from when a `C` line does not say. */
const FACTORY = '/usr/share/factory/var';
const CONFIGURATION = '/usr/lib/tmpfiles.d/ashlar-var.conf';
const TMPFILES_DIRECTORIES = ['/etc/tmpfiles.d', '/usr/lib/tmpfiles.d'];

/**
 * Empties `/var`, which is not part of the image, and writes down how to fill it: a tmpfiles.d line for everything that packages
 * and the definition have there, with the files themselves as factory content. A folder gets its mode and owner at each boot, a
 * file is copied when it is not there and belongs to the device from then on. What packages' own tmpfiles.d says goes before.
 */
export function moveVarToFactory(tree: TreeEditor): void {
  const declared = declaredPaths(tree);
  const lines: string[] = [];

  /** Writes the lines for what is in `from`; returns the files of it, for the factory. */
  const describe = (from: DirectoryNode, at: string): Map<ByteString, TreeNode> => {
    const kept = new Map<ByteString, TreeNode>();
    for (const name of [...from.children.keys()].sort()) {
      const node = from.children.get(name);
      if (node === undefined) continue;
      const path = `${at}/${name}`;
      const line = lineFor(path as ByteString, node);
      if (line !== undefined && !declared.has(path)) lines.push(line);
      if (node.type === 'directory') {
        const children = describe(node, path);
        if (children.size > 0) kept.set(name, { ...node, children });
      } else if (node.type === 'file' && node.content.size > 0) kept.set(name, node);
    }
    return kept;
  };

  const source = tree.makeDirectory('/var');
  const content = describe(source, '/var');
  source.children.clear();
  const factory = tree.makeDirectory(FACTORY);
  for (const [name, node] of content) factory.children.set(name, node);
  tree.writeFile(CONFIGURATION, Buffer.from(`${HEADER}${lines.map((line) => `${line}\n`).join('')}`, 'latin1'));
}

const HEADER = '# What packages and the definition have in /var (tmpfiles.d(5)).\n';

/** The line that makes `node` at `path`; undefined for what cannot be kept (sockets, devices, link targets with a line break). */
function lineFor(path: ByteString, node: TreeNode): string | undefined {
  const octal = node.mode.toString(8).padStart(4, '0');
  const where = quoted(path);
  switch (node.type) {
    case 'directory':
      return `d ${where} ${octal} ${node.uid} ${node.gid} - -`;
    case 'symlink':
      // The argument is the rest of the line as it stands, but for specifiers.
      return node.target.includes('\n') ? undefined : `L ${where} - - - - ${node.target.replaceAll('%', '%%')}`;
    case 'fifo':
      return `p ${where} :${octal} :${node.uid} :${node.gid} - -`;
    case 'file':
      return `${node.content.size === 0 ? 'f' : 'C'} ${where} :${octal} :${node.uid} :${node.gid} - -`;
    default:
      return undefined;
  }
}

/** A path as tmpfiles.d reads it: `%` starts a specifier, what is not plain is quoted and escaped as in C. */
function quoted(path: ByteString): string {
  const doubled = path.replaceAll('%', '%%');
  if (/^[A-Za-z0-9/._+:@,=~%-]+$/.test(doubled)) return doubled;
  const escaped = [...toBuffer(doubled as ByteString)].map((byte) => {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** The paths below `/var` that tmpfiles.d files of packages or the definition make themselves. */
function declaredPaths(tree: TreeEditor): Set<string> {
  const paths = new Set<string>();
  for (const directory of TMPFILES_DIRECTORIES) {
    for (const name of tree.directory(directory)?.children.keys() ?? []) {
      if (!name.endsWith('.conf') || name !== bytesOf(name)) continue;
      for (const line of (tree.text(`${directory}/${name}`) ?? '').split('\n')) {
        const [, path] = /^[dDvqQfFpLCcb][-+!$?=~^]*\s+"?(\/var\/[^\s"%]+)/.exec(line) ?? [];
        if (path !== undefined) paths.add(bytesOf(path));
      }
    }
  }
  return paths;
}
