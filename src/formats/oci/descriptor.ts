import * as z from 'zod';
import type { Sha256 } from '../../model/digest.ts';
import { parseImageDigest } from './image-digest.ts';

/** One blob is at most so large: 1 TiB, beyond any layer, and sums of thousands of them stay exact numbers. */
export const MAX_BLOB_BYTES = 2 ** 40;
/** overlayfs stacks at most 500 directories; docker stops at 127. */
export const MAX_LAYERS = 500;
/** RFC 6838, 4.2: two names of up to 127 characters each. */
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** `sha256:…`, as the plain SHA-256. */
export const digestSchema = z.string().transform((text, context): Sha256 => {
  const parsed = parseImageDigest(text);
  if (parsed.kind === 'sha256') return parsed.digest;
  context.addIssue({ code: 'custom', message: parsed.why });
  return z.NEVER;
});

export const mediaTypeSchema = z.string().regex(MEDIA_TYPE, 'is not a media type');

/** A member that must not be empty when it is there, and is of no interest otherwise. */
export const annotationsSchema = z.record(z.string().max(1024), z.string().max(65_536));

/** image-spec, descriptor.md. Unknown members are passed over, as the specification demands; `urls` and `data` are never used. */
export const descriptorSchema = z.object({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: z.int().min(0).max(MAX_BLOB_BYTES),
});

/** What a blob is, and how long. */
export type Descriptor = z.output<typeof descriptorSchema>;
