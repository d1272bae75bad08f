import { sha256 } from '../model/digest.ts';
import type { ChannelRelease } from './choice/choose-release.ts';
import type { DeviceState } from './device-state.ts';
import type { DiskView, EntryView, SlotView } from './disk-view.ts';
import type { Generation, Installed, Release } from './generation.ts';

/** Version `version` of the system `m`. */
export function generation(version: string): Generation {
  return { name: 'm', version, rootHash: sha256(`root ${version}`) };
}

export function installed(version: string, slot: number): Installed {
  return { ...generation(version), slot };
}

export function release(version: string): Release {
  const manifest = { path: `releases/m/${version}/manifest.json`, length: 1000, sha256: sha256(`manifest ${version}`) };
  return { ...generation(version), manifest };
}

export function channelRelease(version: string, barrier = false): ChannelRelease {
  return { ...release(version), barrier };
}

/** At rest: version 2 runs from slot 0, version 1 in slot 1 is the way back. */
export const AT_REST: DeviceState = {
  running: installed('2', 0),
  proven: installed('2', 0),
  wayBack: installed('1', 1),
  phase: { kind: 'proven', since: 0 },
  quarantine: [],
  checks: { failures: 0 },
};

export const SLOT_BYTES = 64 << 20;
export const TREE_BYTES = 1 << 20;
export const BOOT_IMAGE_BYTES = 16 << 20;

export function slotView(index: number, content: SlotView['content'], running = false): SlotView {
  return { index, content, dataBytes: SLOT_BYTES, treeBytes: TREE_BYTES, running };
}

export function holding(version: string): SlotView['content'] {
  return { kind: 'release', ...generation(version) };
}

export function entryView(version: string, tries?: EntryView['tries']): EntryView {
  const counter = tries === undefined ? '' : `+${tries.left}-${tries.done}`;
  const { rootHash } = generation(version);
  return { file: `m_${version}${counter}.efi`, name: 'm', version, tries, rootHash, bytes: BOOT_IMAGE_BYTES };
}

/** The disk of {@link AT_REST}. */
export const DISK: DiskView = {
  slots: [slotView(0, holding('2'), true), slotView(1, holding('1'))],
  entries: [entryView('2'), entryView('1')],
  leftovers: [],
  esp: { freeBytes: 40 << 20, clusterBytes: 4096, writable: true },
  table: { kind: 'sound' },
  next: 'm_2.efi',
};
