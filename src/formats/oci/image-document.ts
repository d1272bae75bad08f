import * as z from 'zod';
import { parseDocument } from '../../model/parse-document.ts';
import { annotationsSchema, descriptorSchema, MAX_LAYERS, mediaTypeSchema } from './descriptor.ts';
import {
  INDEX_MEDIA_TYPES,
  type IndexMediaType,
  isIndexMediaType,
  isManifestMediaType,
  MANIFEST_MEDIA_TYPES,
  type ManifestMediaType,
} from './media-type.ts';
import { imageInvalid } from './oci-errors.ts';

/** distribution-spec, “Pushing manifests”: registries take at least 4 MiB; what is longer is not read. */
export const MAX_MANIFEST_BYTES = 4 << 20;
/** More platforms than there are. */
const MAX_INDEX_ENTRIES = 1024;

const platform = z.object({
  os: z.string().max(64),
  architecture: z.string().max(64),
  variant: z.string().max(64).optional(),
});

const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: mediaTypeSchema.optional(),
  manifests: z
    .array(descriptorSchema.extend({ platform: platform.optional(), annotations: annotationsSchema.optional() }))
    .max(MAX_INDEX_ENTRIES),
  // One document must not be an index for one reader and a manifest for another (CVE-2021-41190).
  config: z.undefined('must not be in an index').optional(),
  layers: z.undefined('must not be in an index').optional(),
});

const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: mediaTypeSchema.optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(MAX_LAYERS),
  manifests: z.undefined('must not be in a manifest').optional(),
});

/** One entry of an index. */
export type IndexEntry = z.output<typeof index>['manifests'][number];

/** What a reference leads to. */
export type ImageDocument = ImageIndex | ImageManifest;

/** An image for several platforms. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: IndexMediaType;
  readonly manifests: readonly IndexEntry[];
}

/** An image: its configuration, and its layers from the bottom up. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: ManifestMediaType;
  readonly config: z.output<typeof descriptorSchema>;
  readonly layers: readonly z.output<typeof descriptorSchema>[];
}

/**
 * Reads an image index or manifest (image-spec v1.1), or Docker's schema 2 manifest or list. What it is follows from its bytes alone, which the digest covers, never from what a server
 * says beside them. Throws `container-image-invalid`.
 */
export function parseImageDocument(bytes: Uint8Array): ImageDocument {
  const refuse = (why: string, cause?: unknown): never => {
    throw imageInvalid('manifest', why, cause);
  };
  const shape = parseDocument(
    bytes,
    z.object({
      schemaVersion: z.unknown().optional(),
      mediaType: z.unknown().optional(),
      manifests: z.unknown().optional(),
    }),
    MAX_MANIFEST_BYTES,
    refuse,
  );
  if (shape.schemaVersion === 1) refuse('it is of Docker’s schema 1, which has no digests of what is unpacked');
  const isIndex =
    shape.mediaType === undefined
      ? shape.manifests !== undefined
      : typeof shape.mediaType === 'string' && isIndexMediaType(shape.mediaType);
  if (isIndex) {
    const { mediaType = INDEX_MEDIA_TYPES[0], manifests } = parseDocument(bytes, index, MAX_MANIFEST_BYTES, refuse);
    if (!isIndexMediaType(mediaType)) return refuse('its media type is not that of an index');
    return { kind: 'index', mediaType, manifests };
  }
  const document = parseDocument(bytes, manifest, MAX_MANIFEST_BYTES, refuse);
  const mediaType = document.mediaType ?? MANIFEST_MEDIA_TYPES[0];
  if (!isManifestMediaType(mediaType)) return refuse(`it is a ${JSON.stringify(mediaType)}, which is no image`);
  return { kind: 'manifest', mediaType, config: document.config, layers: document.layers };
}
