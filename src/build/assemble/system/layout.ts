import type { TreeEditor } from './tree-editor.ts';

/** Folders of the root that hold what changes: they are links into `/var`, the only thing that stays. */
const INTO_VAR = [
  { path: '/home', target: 'var/home', home: '/var/home', mode: 0o755 },
  { path: '/root', target: 'var/roothome', home: '/var/roothome', mode: 0o700 },
] as const;

/**
 * Folders that something is mounted on, or that the File Hierarchy Standard asks for. `/srv`, `/opt` and `/usr/local` are part of
 * the image and read-only like the rest of it: what the definition puts there is verified and updated with it.
 */
const FOLDERS = [
  { path: '/boot', mode: 0o755 },
  { path: '/dev', mode: 0o755 },
  { path: '/efi', mode: 0o700 },
  { path: '/etc', mode: 0o755 },
  { path: '/media', mode: 0o755 },
  { path: '/mnt', mode: 0o755 },
  { path: '/opt', mode: 0o755 },
  { path: '/proc', mode: 0o555 },
  { path: '/run', mode: 0o755 },
  { path: '/srv', mode: 0o755 },
  { path: '/sys', mode: 0o555 },
  { path: '/tmp', mode: 0o1777 },
  { path: '/usr/lib/ashlar', mode: 0o755 },
  { path: '/usr/local', mode: 0o755 },
  { path: '/var', mode: 0o755 },
] as const;

/** Gives the root its folders: mount points, and links into `/var` with what packages had put there moved along. */
export function layFolders(tree: TreeEditor): void {
  for (const { path, mode } of FOLDERS) tree.makeDirectory(path, { mode, uid: 0, gid: 0 });
  for (const { path, target, home, mode } of INTO_VAR) {
    const there = tree.find(path);
    const inVar = tree.makeDirectory(home, { mode, uid: 0, gid: 0 });
    if (there?.type === 'directory') for (const [name, node] of there.children) inVar.children.set(name, node);
    tree.remove(path);
    tree.writeSymlink(path, target);
  }
}
