import { readFileSync, statSync } from 'node:fs';
import type { Generation } from '../../engine/generation.ts';
import { AshlarError } from '../../model/error.ts';
import type { Device } from '../device/device.ts';
import { efivarfs } from '../firmware/efivarfs.ts';
import { adoptLoader, tryLoader } from '../loader/update-loader.ts';
import { readEfiVariable } from '../system/efi-variable.ts';
import { scratchOf } from './scratch.ts';

/** systemd's Boot Loader Interface: the path of the loader that started this machine, on its partition. */
const STARTED_FROM = 'LoaderImageIdentifier-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** Far more than any loader has. */
const MAX_LOADER_BYTES = 16 << 20;

/** Has the next start go through the loader of `target`, once, when it is another than the one that is there. The old one serves as well: a failure is told and nothing more. */
export async function tryBootLoader(device: Device, target: Generation): Promise<void> {
  const { loader } = scratchOf(device.paths, target);
  const size = statSync(loader, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || size > MAX_LOADER_BYTES) return;
  await attempt(device, async () => {
    const tried = await device.withDisk((disk) => tryLoader(updateOf(device, disk), readFileSync(loader)));
    return tried === 'next-start' ? 'the next start tries the boot loader of the release' : undefined;
  });
}

/** Makes the loader that this start was made with the one that always starts, when it is not yet. Called once what runs has proven itself. */
export async function adoptBootLoader(device: Device): Promise<void> {
  const startedFrom = readEfiVariable(device.paths.efiVariables, STARTED_FROM)?.toString('utf16le').replace(/\0+$/, '');
  await attempt(device, async () => {
    const adopted = await device.withDisk((disk) => adoptLoader(updateOf(device, disk), startedFrom));
    return adopted === 'adopted' ? 'the boot loader that was tried starts from now on' : undefined;
  });
}

function updateOf(
  { paths, image }: Device,
  disk: Parameters<typeof tryLoader>[0]['disk'],
): Parameters<typeof tryLoader>[0] {
  return { disk, firmware: efivarfs(paths.efiVariables), architecture: image.architecture };
}

async function attempt({ log }: Device, work: () => Promise<string | undefined>): Promise<void> {
  try {
    const said = await work();
    if (said !== undefined) log(said);
  } catch (error) {
    if (!(error instanceof AshlarError)) throw error;
    log(`the boot loader stays as it is: ${error.message}`);
  }
}
