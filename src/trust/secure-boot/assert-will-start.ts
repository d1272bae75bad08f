import { AshlarError } from '../../model/error.ts';
import { judgeBootImage, type SecureBootDatabases } from './judge-boot-image.ts';

/**
 * That firmware with these databases starts the loader or boot image `name`. Throws `boot-image-refused`.
 *
 * @param databases what {@link firmwareDatabases} gave: undefined for firmware that starts anything.
 */
export function assertWillStart(image: Buffer, name: string, databases: SecureBootDatabases | undefined): void {
  if (databases === undefined) return;
  const verdict = judgeBootImage(image, databases);
  if (verdict.kind === 'accepted') return;
  throw new AshlarError('boot-image-refused', `Firmware with these keys would not start ${name}: ${verdict.reason}.`, {
    hint: 'Sign the release with a key that is enrolled, or enrol its key first (docs/usage/secure-boot.md).',
  });
}
