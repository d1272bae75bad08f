import * as z from 'zod';
import { parseDocument } from '../../model/parse-document.ts';
import { digestSchema, MAX_LAYERS } from './descriptor.ts';
import { imageInvalid } from './oci-errors.ts';

/** Configurations have some kilobytes; history and labels may be long. */
export const MAX_CONFIG_BYTES = 4 << 20;
const MAX_ITEMS = 4096;
const MAX_CHARACTERS = 65_536;

const text = z.string().max(MAX_CHARACTERS);
const words = z.array(text).max(MAX_ITEMS);
/** Go writes an empty map or list as `null`. */
const keys = z.record(text, z.object({})).nullish();

const config = z.object({
  architecture: z.string().min(1).max(64),
  os: z.string().min(1).max(64),
  variant: z.string().max(64).optional(),
  config: z
    .object({
      User: text.nullish(),
      Env: words.nullish(),
      Entrypoint: words.nullish(),
      Cmd: words.nullish(),
      WorkingDir: text.nullish(),
      ExposedPorts: keys,
      Volumes: keys,
      StopSignal: z.string().max(64).nullish(),
      Labels: z.record(text, text).nullish(),
    })
    .nullish(),
  rootfs: z.object({
    type: z.literal('layers'),
    diff_ids: z.array(digestSchema).max(MAX_LAYERS),
  }),
});

/** An image's configuration (image-spec, config.md): what it is for, how it is started, and what its layers unpack to. */
export type ImageConfig = z.output<typeof config>;

/** Reads an image configuration. Unknown members are passed over. Throws `container-image-invalid`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return parseDocument(bytes, config, MAX_CONFIG_BYTES, (why, cause) => {
    throw imageInvalid('configuration', why, cause);
  });
}
