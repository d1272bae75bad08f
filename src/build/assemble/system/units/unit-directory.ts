import { type ByteString, bytesOf } from '../../../../model/byte-string.ts';
import type { TreeNode } from '../../../../model/tree.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { parseUnitFile, type UnitSetting } from './unit-file.ts';
import { parseUnitName, templateOf } from './unit-name.ts';

/** Whose units: the machine's (`systemctl`), or every user's (`systemctl --user`). */
export type UnitScope = 'system' | 'user';

/** Where units are looked for, first found first taken (systemd.unit(5)); `/run` is empty in an image. */
export function unitSearchPath(scope: UnitScope): readonly string[] {
  return [`/etc/systemd/${scope}`, `/usr/local/lib/systemd/${scope}`, `/usr/lib/systemd/${scope}`];
}

/** What a unit's name stands for in the image. */
export type FoundUnit =
  | { readonly kind: 'file'; readonly name: string; readonly path: string; readonly settings: readonly UnitSetting[] }
  | { readonly kind: 'alias'; readonly name: string; readonly of: string }
  | { readonly kind: 'masked'; readonly name: string };

/** The units of an image. It reads a unit when it is first asked for and keeps it: make a new one after changing units. */
export class UnitDirectory {
  readonly scope: UnitScope;
  readonly #tree: TreeEditor;
  readonly #found = new Map<string, FoundUnit | undefined>();

  constructor(tree: TreeEditor, scope: UnitScope) {
    this.#tree = tree;
    this.scope = scope;
  }

  /** The names of all units that have a file or link, sorted. */
  names(): string[] {
    const names = new Set<string>();
    for (const directory of unitSearchPath(this.scope)) {
      for (const [bytes, node] of this.#tree.directory(directory)?.children ?? []) {
        const name = decoded(bytes);
        if (node.type !== 'directory' && parseUnitName(name) !== undefined) names.add(name);
      }
    }
    return [...names].sort();
  }

  /** The unit called `name`; an instance without a file of its own is its template's. Undefined when there is none. */
  find(name: string): FoundUnit | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#look(name));
    return this.#found.get(name);
  }

  #look(name: string): FoundUnit | undefined {
    const template = templateOf(name);
    for (const candidate of template === undefined ? [name] : [name, template]) {
      for (const directory of unitSearchPath(this.scope)) {
        const path = `${directory}/${candidate}`;
        const node = this.#tree.find(path);
        if (node !== undefined && node.type !== 'directory') return this.#unitAt(name, path, node);
      }
    }
    return undefined;
  }

  #unitAt(name: string, path: string, node: TreeNode): FoundUnit | undefined {
    if (node.type === 'symlink') {
      const target = decoded(node.target);
      if (target === '/dev/null') return { kind: 'masked', name };
      const of = target.slice(target.lastIndexOf('/') + 1);
      if (of !== path.slice(path.lastIndexOf('/') + 1) && parseUnitName(of) !== undefined) {
        return { kind: 'alias', name, of };
      }
    }
    const file = this.#tree.resolve(path);
    if (file?.type !== 'file') return undefined;
    if (file.content.size === 0) return { kind: 'masked', name };
    const settings = [file, ...this.#dropIns(name)].flatMap((one) => parseUnitFile(this.#tree.textOf(one)));
    return { kind: 'file', name, path, settings };
  }

  /** The drop-ins of `name`, in the order of their file names; a name in an earlier directory hides the same in a later one. */
  #dropIns(name: string) {
    const template = templateOf(name);
    const byName = new Map<string, string>();
    for (const owner of template === undefined ? [name] : [name, template]) {
      for (const directory of unitSearchPath(this.scope)) {
        for (const bytes of this.#tree.directory(`${directory}/${owner}.d`)?.children.keys() ?? []) {
          const file = decoded(bytes);
          if (file.endsWith('.conf') && !byName.has(file)) byName.set(file, `${directory}/${owner}.d/${file}`);
        }
      }
    }
    return [...byName.keys()].sort().flatMap((file) => {
      const node = this.#tree.resolve(byName.get(file) ?? '');
      return node?.type === 'file' ? [node] : [];
    });
  }
}

function decoded(bytes: ByteString): string {
  // Unit names are ASCII: what is not is no unit.
  return bytes === bytesOf(bytes) ? bytes : '';
}
