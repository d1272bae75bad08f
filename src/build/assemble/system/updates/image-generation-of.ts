import type { Definition } from '../../../../model/definition/definition.ts';
import { type ImageGeneration, imageGenerationSchema } from '../../../../model/image-generation.ts';
import { plannedDisk } from '../../../disk/planned-disk.ts';

type GenerationPart = Pick<Definition, 'name' | 'version' | 'architecture' | 'disk' | 'healthChecks'>;

/** What an image says it was built as. `epoch` is in seconds since 1970, as the manifest's `created`. */
export function imageGeneration(definition: GenerationPart, epoch: bigint): ImageGeneration {
  return imageGenerationSchema.parse({
    format: 'ashlar-generation/1',
    name: definition.name,
    version: definition.version,
    architecture: definition.architecture,
    created: Number(epoch),
    disk: plannedDisk(definition),
    healthChecks: definition.healthChecks,
  });
}
