import type { LockedPackage } from '../../model/lock.ts';
import type { DirectoryNode } from '../../model/tree.ts';
import type { ReadContent } from '../../store/read-content.ts';
import type { ControlStanza } from '../package/control-stanza.ts';
import { licenceNames } from './licences.ts';
import { lookUp } from './look-up.ts';
import type { PackageInfo } from './package-info.ts';

/** Larger than any copyright file or list of files can honestly be. */
const MAX_TEXT_BYTES = 16 << 20;

/**
 * What the documents of a release say of a package: from its control stanza, and from the tree it was installed in: its
 * copyright file and dpkg's list of its files.
 */
export function readPackageInfo(
  locked: LockedPackage,
  control: ControlStanza,
  tree: DirectoryNode,
  read: ReadContent,
): PackageInfo {
  const { name, version, architecture, group, sha256 } = locked;
  const text = (path: string): string | undefined => {
    const node = lookUp(tree, path);
    return node?.type === 'file' && node.content.size <= MAX_TEXT_BYTES
      ? read(node.content).toString('utf8')
      : undefined;
  };
  const list =
    group === 'root'
      ? (text(`var/lib/dpkg/info/${name}.list`) ?? text(`var/lib/dpkg/info/${name}:${architecture}.list`) ?? '')
      : '';
  const homepage = control.get('homepage');
  return {
    name,
    version,
    architecture,
    source: sourceOf(control, name, version),
    licences: licenceNames(text(`usr/share/doc/${name}/copyright`) ?? ''),
    maintainer: control.get('maintainer') ?? '',
    ...(homepage === undefined ? {} : { homepage }),
    sha256,
    installedSize: Number.parseInt(control.get('installed-size') ?? '0', 10) || 0,
    group,
    files: list.split('\n').filter((line) => line !== '' && line !== '/.'),
  };
}

/** `Source: name (version)`; name or version are left out where they are the package's own (Debian Policy §5.6.1). */
function sourceOf(control: ControlStanza, name: string, version: string): PackageInfo['source'] {
  const match = /^(\S+)(?:\s+\((\S+)\))?$/.exec(control.get('source') ?? name);
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}
