import { bytesOf } from '../../model/byte-string.ts';
import type { Definition } from '../../model/definition/definition.ts';
import type { ImageGeneration } from '../../model/image-generation.ts';
import { documentBytes } from '../../model/manifest.ts';
import { type DirectoryNode, NO_XATTRS } from '../../model/tree.ts';
import { readInMemory } from '../../store/read-content.ts';
import { TreeEditor } from '../assemble/system/tree-editor.ts';
import { buildConfext, type Confext } from './build-confext.ts';

/** What the image of a confext is called when it is attached; `extension-release.<this>` says what it fits (os-release(5)). */
export const CONFEXT_NAME = 'ashlar-generation';
/** Where the generation says what it is, when its confext is attached. */
const GENERATION_PATH = '/etc/ashlar/generation.json';

export interface GenerationConfextOptions {
  readonly generation: ImageGeneration;
  /** Hexadecimal, the system's own. */
  readonly salt: Definition['image']['salt'];
  /** The text of the image's os-release(5), whose ID the extension must have. */
  readonly osRelease: string;
}

/**
 * What of a generation is not in its image, as a verity confext: what it is, and its health checks. Two releases may share an image, and
 * differ in this.
 */
export function generationConfext({ generation, salt, osRelease }: GenerationConfextOptions): Confext {
  const epoch = BigInt(generation.created);
  const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: { seconds: epoch, nanoseconds: 0 } };
  const root: DirectoryNode = { type: 'directory', ...metadata, xattrs: NO_XATTRS, children: new Map() };
  const tree = new TreeEditor(root, epoch, readInMemory);
  const release = tree.writeFile(
    `/etc/extension-release.d/extension-release.${CONFEXT_NAME}`,
    extensionRelease(osRelease),
  );
  // The file may be attached under another name, such as one with the version in it.
  release.xattrs = new Map([[bytesOf('user.extension-release.strict'), Buffer.from('0')]]);
  tree.writeFile(GENERATION_PATH, documentBytes(generation));
  const { name, architecture } = generation;
  return buildConfext(root, { name, architecture, salt, epoch });
}

/** What the extension fits: the same distribution, at the same version where it has one. */
function extensionRelease(osRelease: string): string {
  const lines = osRelease.split('\n').filter((line) => /^(ID|VERSION_ID)=/.test(line));
  return `${lines.join('\n')}\nCONFEXT_SCOPE=system\n`;
}
