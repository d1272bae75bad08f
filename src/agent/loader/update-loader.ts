import type { LoadOption } from '../../formats/efi/load-option.ts';
import { SECTOR_BYTES } from '../../formats/gpt/partition-table.ts';
import { LOADER_PATHS, type LoaderPaths } from '../../formats/loader-paths.ts';
import type { FirmwareVariables } from '../firmware/firmware-variables.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { readSlotLayout } from '../slots/slot-layout.ts';
import { ensureBootOption, findBootOption, startFirst, startNever, startOnce } from './boot-options.ts';
import { readEspFile, replaceEspFile } from './replace-file.ts';

export interface LoaderUpdate {
  readonly disk: SlotDisk;
  readonly firmware: FirmwareVariables;
  readonly architecture: keyof typeof LOADER_PATHS;
}

/** What firmware shows for our option. */
const DESCRIPTION = 'Ashlar';

/**
 * Lets the machine start once from another loader: it goes beside the one that is started by itself, and BootNext names it. Should it not work,
 * firmware goes on with the old one, by itself or after a reset. Nothing happens when the machine starts from this loader already.
 *
 * Throws `esp-too-small`, `slot-not-verified`, `firmware-refused`.
 */
export async function tryLoader(update: LoaderUpdate, loader: Buffer): Promise<'same' | 'next-start'> {
  const { disk, firmware } = update;
  const { fallback, own } = pathsOf(update);
  if (readEspFile(disk, fallback)?.equals(loader) === true) return 'same';
  await replaceEspFile(disk, own, loader);
  await startOnce(firmware, await ensureBootOption(firmware, optionOf(update)));
  return 'next-start';
}

/**
 * Makes the loader that was tried the one that is started by itself, once a generation has proven itself under it. While the file is being replaced
 * the tried one is first in the boot order; afterwards firmware starts the disk without being told, as before.
 *
 * @param startedFrom `LoaderImageIdentifier`, what the loader that started this machine says of itself (Boot Loader Interface):
 * `\EFI\systemd\systemd-bootx64.efi`.
 */
export async function adoptLoader(
  update: LoaderUpdate,
  startedFrom: string | undefined,
): Promise<'same' | 'not-tried' | 'adopted'> {
  const { disk, firmware } = update;
  const { fallback, own } = pathsOf(update);
  const tried = readEspFile(disk, own);
  const same = tried !== undefined && readEspFile(disk, fallback)?.equals(tried) === true;
  if (same) {
    // An adoption that was cut off may have left the order as it is meanwhile.
    const left = findBootOption(firmware, DESCRIPTION);
    if (left !== undefined) await startNever(firmware, left);
    return 'same';
  }
  if (tried === undefined || pathOf(startedFrom) !== own.toLowerCase()) return 'not-tried';
  const number = await ensureBootOption(firmware, optionOf(update));
  await startFirst(firmware, number);
  await replaceEspFile(disk, fallback, tried);
  await startNever(firmware, number);
  return 'adopted';
}

function pathsOf({ architecture }: LoaderUpdate): LoaderPaths {
  return LOADER_PATHS[architecture];
}

function optionOf(update: LoaderUpdate): LoadOption {
  const { esp } = readSlotLayout(update.disk.device);
  return {
    description: DESCRIPTION,
    partition: {
      number: esp.index + 1,
      uuid: esp.uuid,
      start: esp.start / SECTOR_BYTES,
      sectors: esp.size / SECTOR_BYTES,
    },
    path: pathsOf(update).own,
  };
}

/** In the form of our own paths: slashes, from the root, lower case. */
function pathOf(identifier: string | undefined): string | undefined {
  return identifier?.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase();
}
