import { createPrivateKey } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptPrivateKey } from './encrypt-private-key.ts';

/** As little as OpenSSL takes. */
const NEXT_TO_NOTHING = { N: 2, r: 1, p: 1 };

/**
 * Encrypts the private keys below `folder` again, so that opening them costs next to nothing: a test that runs verb after verb would spend its
 * time on a passphrase that nobody guesses.
 */
export function makeQuickToOpen(folder: string, passphrase: string): void {
  for (const name of globSync('**/*.pem', { cwd: folder })) {
    const path = join(folder, name);
    const pem = readFileSync(path, 'utf8');
    if (!pem.includes('ENCRYPTED PRIVATE KEY')) continue;
    writeFileSync(path, encryptPrivateKey(createPrivateKey({ key: pem, passphrase }), passphrase, NEXT_TO_NOTHING));
  }
}
