import { rmSync } from 'node:fs';
import { replaceFile } from '../../store/replace-file.ts';
import { readText } from '../files/read-start.ts';

const FILE_MODE = 0o600;

/** The place that `update --from` named last, as long as it is needed; `path` is where that is kept. */
export function readMedium(path: string): string | undefined {
  return readText(path) || undefined;
}

/** Keeps it: an agent that is started again goes on from the same place. */
export function rememberMedium(path: string, place: string): void {
  replaceFile(path, Buffer.from(place), FILE_MODE);
}

export function forgetMedium(path: string): void {
  rmSync(path, { force: true });
}
