/** The firmware's own variables (UEFI 2.10 §3.3), by name: `BootNext`. */
export interface FirmwareVariables {
  /** Names of those that are there. */
  list(): readonly string[];
  /** The value without its attributes; undefined when it is not there. */
  read(name: string): Buffer | undefined;
  /** Makes or replaces it, to be kept and to be seen by boot services and at run time. Throws `firmware-refused`. */
  write(name: string, value: Buffer): Promise<void>;
  /** Nothing happens when it is not there. Throws `firmware-refused`. */
  remove(name: string): Promise<void>;
}
