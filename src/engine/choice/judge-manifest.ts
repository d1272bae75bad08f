import type { Sha256 } from '../../model/digest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Objection } from '../device-state.ts';
import type { Release } from '../generation.ts';

/** What a device is, as far as a release must match it. */
export interface DeviceKind {
  readonly name: string;
  readonly architecture: Manifest['architecture'];
}

/** The part of a manifest that is judged. */
export type JudgedManifest = Pick<Manifest, 'name' | 'version' | 'architecture'> & {
  readonly root: Pick<Manifest['root'], 'hash'>;
};

/**
 * What speaks against installing the release whose manifest this is. The metadata were signed, and the manifest is the one they name; all the same
 * both must speak of one release, or a mistake in publishing would put another system onto the device.
 */
export function judgeManifest(manifest: JudgedManifest, release: Release, device: DeviceKind): Objection[] {
  const { name, version, architecture, root } = manifest;
  const objections: Objection[] = [];
  if (name !== device.name) {
    objections.push({ code: 'other-system', message: `its manifest is of ${name}, and this is ${device.name}` });
  }
  if (architecture !== device.architecture) {
    objections.push({
      code: 'other-architecture',
      message: `it is for ${architecture}, and this is ${device.architecture}`,
    });
  }
  if (version !== release.version || root.hash !== release.rootHash) {
    const theirs = `${release.version}, ${short(release.rootHash)}`;
    objections.push({
      code: 'manifest-differs',
      message: `its manifest says ${version}, ${short(root.hash)}; the channel says ${theirs}`,
    });
  }
  return objections;
}

function short(rootHash: Sha256): string {
  return `${rootHash.slice(0, 12)}…`;
}
