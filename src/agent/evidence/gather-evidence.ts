import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BootEvidence } from '../../engine/explain-boot.ts';
import { isSha256 } from '../../model/digest.ts';
import type { DevicePaths } from '../device-paths.ts';
import { readText } from '../files/read-start.ts';
import { removeEfiVariable } from '../system/efi-variable.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import { FAILURE_VARIABLE, readInitrdFailure } from './initrd-failure.ts';
import { clearPanics, readPanics } from './kernel-panics.ts';

/** `WDIOF_CARDRESET` of Linux's `watchdog.h`: the card previously reset the machine. */
const CARD_RESET = 0x20;

/**
 * What is to be seen of how the start before this one ended.
 *
 * @param lastBootId the boot id of the last start that the journal knows; a marker of a clean end that names another says nothing.
 */
export function gatherEvidence(paths: DevicePaths, lastBootId: string | undefined): BootEvidence {
  const initrdFailure = readInitrdFailure(paths.efiVariables);
  const deadline = readDeadline(paths.deadlinePassed);
  const ended = readText(paths.cleanShutdown);
  return {
    panics: readPanics(paths.pstore),
    watchdog: readWatchdog(paths.watchdogs),
    shutdown: ended !== undefined && ended === lastBootId ? 'clean' : 'unclean',
    ...(initrdFailure === undefined ? {} : { initrdFailure }),
    ...(deadline === undefined ? {} : { deadline }),
  };
}

/** Takes the evidence away, once it has been kept: it must not be held against another generation later. */
export async function clearEvidence(paths: DevicePaths, run: RunOnDevice): Promise<void> {
  clearPanics(paths.pstore);
  rmSync(paths.deadlinePassed, { force: true });
  await removeEfiVariable(paths.efiVariables, FAILURE_VARIABLE, run);
}

/** One line, `<boot id> <root hash>`. */
function readDeadline(path: string): BootEvidence['deadline'] {
  const text = readText(path);
  if (text === undefined) return undefined;
  const [, hash = ''] = text.split(' ');
  return isSha256(hash) ? { rootHash: hash } : {};
}

function readWatchdog(folder: string): BootEvidence['watchdog'] {
  const states = names(folder).flatMap((name) => readText(join(folder, name, 'bootstatus')) ?? []);
  if (states.length === 0) return 'unknown';
  return states.some((state) => (Number(state) & CARD_RESET) !== 0) ? 'reset-by-it' : 'not-by-it';
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
