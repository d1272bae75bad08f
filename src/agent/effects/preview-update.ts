import type { DeviceState, Resting } from '../../engine/device-state.ts';
import { effectWords } from '../../engine/plan/effect-words.ts';
import { planUpdate } from '../../engine/plan/plan-update.ts';
import type { Reclaim } from '../../engine/space/plan-esp.ts';
import { spaceNeeds } from '../../engine/space/space-needs.ts';
import { spaceUse } from '../../engine/space/space-use.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { newImageOf } from '../blocks/new-image.ts';
import type { TreePlace } from '../blocks/obtain-tree.ts';
import { planBlocks } from '../blocks/plan-blocks.ts';
import type { Device } from '../device/device.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import type { UpdatePlan } from '../socket/agent-api.ts';
import { bootImageCopies } from './boot-image-copies.ts';
import type { CheckOutcome } from './check-repository.ts';
import { localImages } from './local-images.ts';

/** What a check found besides the release that it chose, unless that is installed already. */
export interface ChosenDetails {
  readonly manifest: Manifest;
  readonly reader: RepositoryReader;
  readonly reclaims: readonly Reclaim[];
  readonly scratchFreeBytes: number;
}

/** The hash tree of an image of 2 GiB; it is held in memory, as a look writes nothing. Of larger images it is not told what comes over the network. */
const MAX_TREE_BYTES = 16 << 20;

/** What the update to `target` will do, fetch, write and take, in words and numbers; what is fetched to find out is not kept. */
export async function previewUpdate(
  device: Device,
  state: DeviceState & { readonly phase: Resting },
  { target, slot, details }: Extract<CheckOutcome, { kind: 'chosen' }>,
  intent: 'hold' | 'arm',
  signal: AbortSignal,
): Promise<UpdatePlan> {
  return device.withDisk(async (disk) => {
    const view = inspectDisk(disk);
    const effects = planUpdate(state, target, slot, intent);
    const steps = effects.flatMap((effect) => effectWords(effect, view, device.config.tries) ?? []);
    if (details === undefined) return { slot, space: [], removes: [], steps };
    const { manifest, reader, reclaims, scratchFreeBytes } = details;
    const { root, boot } = manifest;
    const image = newImageOf(manifest);
    const space = spaceUse(view, spaceNeeds(manifest), slot, reclaims, scratchFreeBytes);
    const removes = [...reclaims];
    if (root.tree.size > MAX_TREE_BYTES) return { slot, space, removes, steps };
    const locals = localImages(disk, slot);
    const plan = await planBlocks({ reader, image, locals, tree: treeInMemory(root.tree.size), signal });
    const blocks = plan.toFetch + plan.treeOrigin.fetched;
    const copies = await bootImageCopies(disk, reader, boot.uki, signal);
    const copied = copies.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      slot,
      fetchBytes: blocks * VERITY_BLOCK_BYTES + boot.uki.size - copied + boot.loader.size,
      copyBytes: plan.toCopy * VERITY_BLOCK_BYTES + copied,
      space,
      removes,
      steps,
    };
  });
}

function treeInMemory(bytes: number): TreePlace {
  const tree = Buffer.alloc(bytes);
  return {
    read: (offset, length) => tree.subarray(offset, offset + length),
    write: (offset, content) => tree.set(content, offset),
  };
}
