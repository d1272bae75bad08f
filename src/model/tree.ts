import type { ByteString } from './byte-string.ts';
import type { Sha256 } from './digest.ts';

/**
 * The tree of files that becomes a root image: what compose takes into the store, what assemble lays the definition over, what
 * the EROFS writer writes and what its reader gives back. One object is one inode: a hard link is the same object under two
 * names, so a change through one name is seen through the other, as on a disk.
 */
export type TreeNode = DirectoryNode | FileNode | SymlinkNode | DeviceNode | PipeNode;

export type DirectoryNode = Metadata & { readonly type: 'directory'; readonly children: Map<ByteString, TreeNode> };
export type FileNode = Metadata & { readonly type: 'file'; content: FileContent };
export type SymlinkNode = Metadata & { readonly type: 'symlink'; target: ByteString };
export type DeviceNode = Metadata & {
  readonly type: 'block' | 'character';
  readonly major: number;
  readonly minor: number;
};
export type PipeNode = Metadata & { readonly type: 'fifo' | 'socket' };

export interface Metadata {
  /** Permission, setuid, setgid and sticky bits: `0o0000`–`0o7777`. */
  mode: number;
  uid: number;
  gid: number;
  /** Modification time: seconds since 1970 (may be negative) and nanoseconds (0–999,999,999). */
  mtime: Timestamp;
  /** Extended attributes by full name (`security.capability`, `system.posix_acl_access`, `user.x`), as the kernel's values. */
  xattrs: ReadonlyMap<ByteString, Buffer>;
}

export interface Timestamp {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/**
 * A regular file's bytes. `bytes` are in memory; `stored` are an object of the content-addressed store; `sparse` are ranges of
 * another content with holes between them, for files larger than what they hold.
 */
export type FileContent =
  | { readonly kind: 'bytes'; readonly size: number; readonly digest: Sha256; readonly bytes: Buffer }
  | { readonly kind: 'stored'; readonly size: number; readonly digest: Sha256 }
  | { readonly kind: 'sparse'; readonly size: number; readonly extents: readonly SparseExtent[] };

/** `bytes` at `offset` of a sparse file; what lies between extents reads as zeros. */
export interface SparseExtent {
  readonly offset: number;
  readonly bytes: Buffer;
}

export const NO_XATTRS: ReadonlyMap<ByteString, Buffer> = new Map();
