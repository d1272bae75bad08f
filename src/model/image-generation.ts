import * as z from 'zod';
import { AshlarError } from './error.ts';
import { parseDocument } from './parse-document.ts';

/** Where an image says what it was built as: all that a device knows of a release before its agent has seen the signed manifest. */
export const IMAGE_GENERATION_PATH = '/usr/lib/ashlar/generation.json';

/** As large as a manifest's health checks may be. */
const MAX_BYTES = 4 << 20;
const bytes = z.int().min(0);

/**
 * `generation.json` in the image: the parts of the release's manifest that do not depend on the image itself, which cannot hold its own
 * hash. A system that was installed from its disk image and never updated is judged by this.
 */
export const imageGenerationSchema = z.strictObject({
  format: z.literal('ashlar-generation/1'),
  name: z.string().max(32).describe('IMAGE_ID'),
  version: z.string().max(32).describe('IMAGE_VERSION'),
  architecture: z.enum(['amd64', 'arm64']).describe('Debian architecture'),
  created: bytes.describe('Seconds since 1970, as in the manifest: no clock of a device is earlier'),
  disk: z
    .strictObject({
      espBytes: bytes,
      slots: z.int().min(1).max(8),
      slotBytes: bytes,
      treeBytes: bytes,
      varBytes: bytes,
    })
    .describe('The layout that the release was planned for, as in the manifest'),
  healthChecks: z
    .record(z.string().max(64), z.record(z.string(), z.json()))
    .describe('The definition’s health checks, as in the manifest'),
});

export type ImageGeneration = z.infer<typeof imageGenerationSchema>;

/** Parses the bytes of `generation.json`. Throws `manifest-invalid`. */
export function parseImageGeneration(content: Uint8Array): ImageGeneration {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new AshlarError('manifest-invalid', `${IMAGE_GENERATION_PATH} cannot be used: ${reason}.`, {
      hint: 'The image was made by another version of Ashlar than its agent. Build the release again.',
      cause,
    });
  };
  return parseDocument(content, imageGenerationSchema, MAX_BYTES, refuse);
}
