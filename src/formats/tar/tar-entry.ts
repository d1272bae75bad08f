import type { ByteString } from '../../model/byte-string.ts';
import type { Metadata } from '../../model/tree.ts';

/** One member of a tar archive, extended headers applied. */
export type TarEntry = TarFile | TarHardLink | TarSymlink | TarDevice | TarPlain;

interface TarMember extends Metadata {
  /** The path as the archive has it: not yet checked, possibly absolute or with `..`. */
  readonly path: ByteString;
  /** Where its header lies in the archive. */
  readonly offset: number;
}

export interface TarFile extends TarMember {
  readonly type: 'file';
  /** The file's size, holes included. */
  readonly size: number;
  /** Where the data of a sparse file goes, in ascending order; undefined for a plain file, whose data is its content. */
  readonly extents: readonly TarExtent[] | undefined;
  /** How many bytes `data` gives. */
  readonly dataSize: number;
  /** The bytes that the archive holds. Can be read once, before the next entry is asked for; what is left is passed over. */
  readonly data: AsyncIterable<Buffer>;
}

export interface TarHardLink extends TarMember {
  readonly type: 'hardlink';
  /** The path of an earlier member. */
  readonly target: ByteString;
}

export interface TarSymlink extends TarMember {
  readonly type: 'symlink';
  readonly target: ByteString;
}

export interface TarDevice extends TarMember {
  readonly type: 'block' | 'character';
  readonly major: number;
  readonly minor: number;
}

export interface TarPlain extends TarMember {
  readonly type: 'directory' | 'fifo';
}

/** `size` bytes of data that belong at `offset` of a sparse file. */
export interface TarExtent {
  readonly offset: number;
  readonly size: number;
}
