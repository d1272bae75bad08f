import { stat } from 'node:fs/promises';
import * as z from 'zod';
import { imageDigestText } from '../../../formats/oci/image-digest.ts';
import { type IndexEntry, MAX_MANIFEST_BYTES, parseImageDocument } from '../../../formats/oci/image-document.ts';
import { type ImageReference, imageReferenceText } from '../../../formats/oci/image-reference.ts';
import type { Sha256 } from '../../../model/digest.ts';
import { parseDocument } from '../../../model/parse-document.ts';
import { checkedBytes, checkedContent, joined } from '../checked-content.ts';
import { archiveInvalid, containerCorrupt, containerGone } from '../container-errors.ts';
import type { ImageSource } from '../image-source.ts';
import { archiveFiles } from './archive-files.ts';
import { directoryFiles } from './directory-files.ts';
import type { LayoutFiles } from './layout-files.ts';

const MAX_LAYOUT_BYTES = 4096;
const layoutSchema = z.object({ imageLayoutVersion: z.string().regex(/^1\.\d+\.\d+$/, 'is not 1.x') });
/** image-spec, annotations.md: the tag; some tools write the whole reference. containerd and docker write another one beside it. */
const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

/**
 * The images of an OCI image layout (image-spec, image-layout.md): a directory, or a tar archive of one. `resolve` finds an image by the name that its index gives, or the only one
 * when that has none. Throws `container-archive-invalid`.
 */
export async function openLayout(path: string): Promise<ImageSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw archiveInvalid(path, 'it is not there');
  const files = found.isDirectory() ? directoryFiles(path) : await archiveFiles(path);
  const layout = await read(files, 'oci-layout', MAX_LAYOUT_BYTES);
  if (layout === undefined) throw archiveInvalid(path, 'it has no file oci-layout');
  parseDocument(layout, layoutSchema, MAX_LAYOUT_BYTES, (why) => {
    throw archiveInvalid(path, `its file oci-layout is none: ${why}`);
  });
  return layoutSource(files, await entriesOf(files));
}

function layoutSource(files: LayoutFiles, entries: readonly IndexEntry[]): ImageSource {
  const place = files.describe();
  const manifest = async (digest: Sha256): Promise<Buffer> => {
    const bytes = await read(files, blobPath(digest), MAX_MANIFEST_BYTES);
    if (bytes === undefined) throw containerGone(place, `content ${imageDigestText(digest)}`);
    return checkedBytes(bytes, digest, place);
  };
  return {
    describe: () => place,
    async resolve(reference) {
      const digest = reference.digest ?? entryFor(entries, reference, place).digest;
      await manifest(digest);
      return digest;
    },
    manifest,
    async *blob({ digest, size }, signal) {
      const file = await files.open(blobPath(digest));
      if (file === undefined) throw containerGone(place, `content ${imageDigestText(digest)}`);
      if (file.size !== size) {
        await file.close();
        throw containerCorrupt(place, digest, `it has ${file.size} bytes, not ${size}`);
      }
      for await (const bytes of checkedContent(file.bytes, { digest, size }, place)) {
        signal?.throwIfAborted();
        yield bytes;
      }
    },
  };
}

function entryFor(entries: readonly IndexEntry[], reference: ImageReference, place: string): IndexEntry {
  const whole = imageReferenceText(reference);
  const named = entries.filter(({ annotations }) =>
    NAMES.some((key) => {
      const name = annotations?.[key];
      return name !== undefined && (name === whole || name === (reference.tag ?? 'latest'));
    }),
  );
  const nameless = entries.every(({ annotations }) => NAMES.every((key) => annotations?.[key] === undefined));
  const [first, ...others] = named.length === 0 && nameless ? entries : named;
  if (first === undefined) throw containerGone(place, `image ${whole}`);
  if (others.every(({ digest }) => digest === first.digest)) return first;
  throw archiveInvalid(place, `several images in it may be ${whole}`, {
    hint: 'Name the one that is meant by its digest.',
  });
}

async function entriesOf(files: LayoutFiles): Promise<readonly IndexEntry[]> {
  const bytes = await read(files, 'index.json', MAX_MANIFEST_BYTES);
  if (bytes === undefined) throw archiveInvalid(files.describe(), 'it has no file index.json');
  const document = parseImageDocument(bytes);
  if (document.kind === 'index') return document.manifests;
  throw archiveInvalid(files.describe(), 'its file index.json is no index');
}

async function read(files: LayoutFiles, path: string, maxBytes: number): Promise<Buffer | undefined> {
  const file = await files.open(path);
  if (file === undefined || file.size <= maxBytes) return file && joined(file.bytes);
  await file.close();
  throw archiveInvalid(files.describe(), `${path} has more than ${maxBytes} bytes`);
}

function blobPath(digest: Sha256): string {
  return `blobs/sha256/${digest}`;
}
