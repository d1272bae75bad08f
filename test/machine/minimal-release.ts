import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildRelease } from '../../src/build/build-release.ts';
import { documentBytes, type Manifest } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { ownFolder } from './own-folder.ts';

/** Another version of `examples/minimal`, from the same lock: only what the version says differs. */
export async function minimalRelease(
  version: string,
): Promise<{ readonly directory: string; readonly manifest: Manifest }> {
  const store = openStore();
  const out = ownFolder();
  const place = join(out, 'minimal', version);
  mkdirSync(place, { recursive: true });
  const definition = {
    name: 'minimal',
    version,
    base: { suite: 'trixie' },
    kernel: 'cloud',
    console: { serial: true, login: 'root-autologin' },
  };
  writeFileSync(join(place, 'os.json'), documentBytes(definition));
  copyFileSync(new URL('../../examples/minimal/ashlar.lock', import.meta.url), join(place, 'ashlar.lock'));
  return await buildRelease(place, { out, store, frozen: false, progress: SILENT });
}
