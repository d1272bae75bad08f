import type { Sha256 } from '../../model/digest.ts';
import type { BlockDevice } from './block-device.ts';
import type { EspFolder } from './esp-folder.ts';

/** The disk that the running system was started from. */
export interface SlotDisk {
  readonly device: BlockDevice;
  readonly esp: EspFolder;
  /** Root hash of what runs: its slot and its entry are never touched. */
  readonly running: Sha256;
}
