/** A parser of untrusted bytes, as the harness sees it. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, as small as they can be: mutations start from them. */
  readonly seeds: () => readonly Buffer[];
  /**
   * Makes the checksums of a mutated input fit again, where it can: an attacker does so, and without it nothing behind the
   * checksum would ever be reached. Called for seven inputs of eight.
   */
  readonly repair?: (input: Buffer) => void;
  /** Parses the input and uses all that came out. Any error but an AshlarError is a defect. */
  readonly run: (input: Buffer) => void | Promise<void>;
}
