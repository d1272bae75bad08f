/** The files of an OCI image layout, wherever they lie. Paths are those of the specification, and are never taken from outside. */
export interface LayoutFiles {
  /** The file at `path`; undefined when it is not there. Its size is what it was when it was opened. */
  open(path: string): Promise<LayoutFile | undefined>;
  /** The place, for messages. */
  describe(): string;
}

export interface LayoutFile {
  readonly size: number;
  /** The bytes, which can be read once; what `open` holds is let go at their end. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Lets go of a file that will not be read. */
  close(): Promise<void>;
}
