import { type FatFile, fatFreeBytes } from '../../formats/fat/write-fat32.ts';
import { LOADER_PATHS } from '../../formats/loader-paths.ts';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import type { Manifest } from '../../model/manifest.ts';

/** What systemd-boot is told: nobody may edit a command line, and only signed images are offered (loader.conf(5)). */
const LOADER_CONFIG = `timeout 0
editor no
auto-entries no
auto-firmware no
auto-reboot no
auto-poweroff no
`;

/** Boot images that an ESP has to hold at the same time: the running one, the next one, and the way back. */
const BOOT_IMAGES = 3;

/** When the loader gives the firmware our keys, should it have none yet (loader.conf(5), `secure-boot-enroll`). */
export const ENROLMENT_MODES = ['if-safe', 'force', 'manual'] as const;
export type EnrolmentMode = (typeof ENROLMENT_MODES)[number];

/** The one folder of keys that the loader takes without being asked. */
const ENROLMENT_FOLDER = 'loader/keys/auto';

/** The contents of an ESP's files; a boot image may be handed over in pieces. */
export interface EspContents {
  readonly loader: FatFile['content'];
  readonly uki: FatFile['content'];
  readonly enrolment?: EspEnrolment | undefined;
}

/** Keys that the loader gives to firmware that has none. */
export interface EspEnrolment {
  readonly mode: EnrolmentMode;
  /** `PK.auth`, `KEK.auth`, `db.auth` and perhaps `dbx.auth`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The files of a new disk's EFI system partition (UAPI Boot Loader Specification). Throws `esp-too-small`. */
export function espFiles(manifest: Manifest, { loader, uki, enrolment }: EspContents): FatFile[] {
  const paths = LOADER_PATHS[manifest.architecture];
  const files: FatFile[] = [
    { path: paths.fallback, content: loader },
    { path: paths.own, content: loader },
    { path: `EFI/Linux/${manifest.boot.uki.name}`, content: uki },
    { path: 'loader/loader.conf', content: Buffer.from(loaderConfig(enrolment)) },
    // Says that Type #1 entries would go here; without it bootctl and the loader take the partition for an older layout.
    { path: 'loader/entries.srel', content: Buffer.from('type1\n') },
    ...[...(enrolment?.files ?? [])].map(([name, content]) => ({ path: `${ENROLMENT_FOLDER}/${name}`, content })),
  ];
  checkHeadRoom(manifest, files);
  return files;
}

function loaderConfig(enrolment: EspEnrolment | undefined): string {
  return enrolment === undefined ? LOADER_CONFIG : `${LOADER_CONFIG}secure-boot-enroll ${enrolment.mode}\n`;
}

/** An update writes its boot image beside those that are there: without room for it a device could never be updated. */
function checkHeadRoom({ disk, boot }: Manifest, files: readonly FatFile[]): void {
  const free = fatFreeBytes(disk.espBytes, files);
  const needed = (BOOT_IMAGES - 1) * boot.uki.size;
  if (free >= needed) return;
  throw new AshlarError(
    'esp-too-small',
    `The EFI system partition of ${exactBytes(disk.espBytes)} has ${exactBytes(Math.max(0, free))} left beside the first boot ` +
      `image of ${exactBytes(boot.uki.size)}, and two more of them (the next one and the way back) need ${exactBytes(needed)}.`,
    { hint: 'Make disk.esp in the definition larger.' },
  );
}
