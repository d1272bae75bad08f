import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Passphrase, passphraseFrom } from '../keys/passphrase.ts';
import { createSecureBootKeys } from './create-secure-boot-keys.ts';

/** Keys of Secure Boot in a folder that goes when it is disposed of. */
export interface SampleKeys {
  readonly folder: string;
  readonly passphrase: Passphrase;
  readonly [Symbol.dispose]: () => void;
}

export const SAMPLE_PASSPHRASE = 'only for tests';

/** Real keys for tests, made anew each time. */
export async function sampleKeys(name = 'Sample'): Promise<SampleKeys> {
  const folder = mkdtempSync(join(tmpdir(), 'secure-boot-keys-'));
  const passphrase = passphraseFrom(SAMPLE_PASSPHRASE, () => Promise.resolve(undefined));
  await createSecureBootKeys({ folder, name, passphrase, now: new Date() });
  return { folder, passphrase, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
