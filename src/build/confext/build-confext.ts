import { encodeFile } from '../../formats/erofs/encode-file.ts';
import { writeErofs } from '../../formats/erofs/write-erofs.ts';
import { encodePartitionTable } from '../../formats/gpt/encode-table.ts';
import { PARTITION_ATTRIBUTE, type Partition } from '../../formats/gpt/partition-table.ts';
import { ROOT_PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { uuidBytes } from '../../formats/uuid.ts';
import { buildVerityTree } from '../../formats/verity/build-tree.ts';
import type { Definition } from '../../model/definition/definition.ts';
import type { Sha256 } from '../../model/digest.ts';
import type { DirectoryNode, FileContent } from '../../model/tree.ts';
import { systemUuid } from '../assemble/root/system-uuid.ts';
import { derivedUuid } from '../disk/derived-uuid.ts';

/** An extension of /etc as a disk image that systemd-dissect reads (UAPI Discoverable Disk Image). */
export interface Confext {
  readonly image: Buffer;
  /** dm-verity root hash: what the manifest names, and what its partitions' UUIDs are made of. */
  readonly rootHash: Sha256;
}

export interface ConfextOptions {
  /** Of the system: what the UUIDs of file system and hash tree are derived from. */
  readonly name: string;
  readonly architecture: Definition['architecture'];
  /** 64 hexadecimal digits: the system's own. */
  readonly salt: string;
  /** Seconds since 1970. */
  readonly epoch: bigint;
}

/** A page, so that no partition shares one with another; the table's first copy takes 34 sectors. */
const PAGE_BYTES = 4096;
const FIRST_PARTITION_BYTES = 20_480;
/** The backup table has 33 sectors. */
const BACKUP_BYTES = 20_480;
/** The least that the table is written for. */
const LEAST_IMAGE_BYTES = 2 * 1024 ** 2;

/**
 * The tree `root`, which has nothing but files and folders below `/etc`, as a confext: a partition table, an EROFS image that is not
 * compressed and its hash tree. The same tree gives the same bytes.
 */
export function buildConfext(root: DirectoryNode, { name, architecture, salt, epoch }: ConfextOptions): Confext {
  const data = erofsImage(root, name, epoch);
  const verity = { salt: Buffer.from(salt, 'hex'), uuid: systemUuid('confext tree', name) };
  const { tree, rootHash } = buildVerityTree(data, verity);
  const uuids = partitionUuidsFromRootHash(rootHash);
  const type = ROOT_PARTITION_TYPE[architecture];
  const treeStart = FIRST_PARTITION_BYTES + data.length;
  const partition = (part: Pick<Partition, 'type' | 'uuid' | 'start' | 'size'>): Partition => ({
    ...part,
    label: `${name}-confext`,
    attributes: PARTITION_ATTRIBUTE.readOnly,
  });
  const end = treeStart + tree.length + BACKUP_BYTES;
  const image = Buffer.alloc(Math.max(LEAST_IMAGE_BYTES, Math.ceil(end / PAGE_BYTES) * PAGE_BYTES));
  data.copy(image, FIRST_PARTITION_BYTES);
  tree.copy(image, treeStart);
  const table = {
    diskUuid: derivedUuid(rootHash, 'confext'),
    diskSize: image.length,
    partitions: [
      partition({ type: type.root, uuid: uuids.root, start: FIRST_PARTITION_BYTES, size: data.length }),
      partition({ type: type.verity, uuid: uuids.verity, start: treeStart, size: tree.length }),
    ],
  };
  for (const { offset, bytes } of Object.values(encodePartitionTable(table))) bytes.copy(image, offset);
  return { image, rootHash };
}

function erofsImage(root: DirectoryNode, name: string, epoch: bigint): Buffer {
  const encoded = (content: FileContent) => {
    if (content.kind !== 'bytes') throw new TypeError('a confext is made of what is in memory');
    return encodeFile(content.bytes, { algorithm: 'none' });
  };
  const blocks: { position: number; bytes: Buffer }[] = [];
  const { size } = writeErofs(
    root,
    {
      uuid: uuidBytes(systemUuid('confext', name)),
      volumeName: 'confext',
      buildTime: { seconds: epoch, nanoseconds: 0 },
    },
    { shapeOf: (content) => encoded(content).shape, encodedOf: encoded },
    { write: (position, bytes) => void blocks.push({ position, bytes: Buffer.from(bytes) }) },
  );
  const image = Buffer.alloc(size);
  for (const { position, bytes } of blocks) bytes.copy(image, position);
  return image;
}
