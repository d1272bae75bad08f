import type { Uuid } from '../uuid.ts';

/** The architectures that have partition types of their own, by the names that Debian gives them. */
export type PartitionArchitecture = 'amd64' | 'arm64';

/** The types of the EFI system partition and of those that no architecture owns (UAPI Discoverable Partitions Specification). */
export const PARTITION_TYPE = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' as Uuid,
  xbootldr: 'bc13c2ff-59e6-4262-a352-b275fd6f7172' as Uuid,
  var: '4d21b016-b534-45c2-a9fb-5c16e091fd2d' as Uuid,
  home: '933ac7e1-2eb4-4f13-b844-0e14e2aef915' as Uuid,
  swap: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f' as Uuid,
  linuxGeneric: '0fc63daf-8483-4772-8e79-3d69d8477de4' as Uuid,
} as const;

/** The types of a root file system and of its hash tree, which firmware-independent tools find by architecture. */
export const ROOT_PARTITION_TYPE: Record<PartitionArchitecture, { readonly root: Uuid; readonly verity: Uuid }> = {
  amd64: {
    root: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709' as Uuid,
    verity: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5' as Uuid,
  },
  arm64: {
    root: 'b921b045-1df0-41c3-af44-4c6f280d3fae' as Uuid,
    verity: 'df3300ce-d69f-4c92-978c-9bfb0f38d820' as Uuid,
  },
};
