import type { Generation } from '../../engine/generation.ts';
import type { ImageGeneration } from '../../model/image-generation.ts';
import type { UpdateConfig } from '../../model/update-config.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { TrustStore } from '../../trust/client/trust-store.ts';
import type { DevicePaths } from '../device-paths.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import type { ReportProgress } from './work-progress.ts';

/** The machine that the agent runs on, as its effects see it. */
export interface Device {
  readonly paths: DevicePaths;
  readonly config: UpdateConfig;
  /** What the image says it was built as. */
  readonly image: ImageGeneration;
  readonly running: Generation;
  readonly bootId: string;
  readonly trust: TrustStore;
  /** Runs a program of the system. */
  readonly run: RunOnDevice;
  /** Opens the disk that the system was started from, for as long as `use` takes. */
  withDisk<T>(use: (disk: SlotDisk) => T | Promise<T>): Promise<T>;
  /** Opens the repository at `place`, within the configured bandwidth. */
  openSource(place: string): RepositoryReader;
  /** Milliseconds since 1970: the latest of the hardware clock, the last time seen and the build time. */
  readonly now: () => number;
  /** A number from 0 up to 1, by chance. */
  readonly random: () => number;
  readonly progress: ReportProgress;
  /** One line for the system's log. */
  readonly log: (line: string) => void;
}
