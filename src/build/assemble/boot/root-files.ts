import type { Definition } from '../../../model/definition/definition.ts';

/** Where the initrd looks for the definition of /var; not in /usr/lib/repart.d, where the running system would act on it as well. */
const VAR_PARTITION = 'usr/lib/ashlar/repart.d/50-var.conf';

/** What a definition says of /var. */
export interface VarSize {
  readonly disk: Pick<Definition['disk'], 'var'>;
}

/**
 * The files that the initrd expects in the root, by path: how systemd-repart makes and grows the partition of /var (repart.d(5)). It
 * takes what the disk has left. mkfs.ext4 is run by it before the partition table is written.
 */
export function rootFilesForBoot({ disk }: VarSize): ReadonlyMap<string, string> {
  return new Map([
    [
      VAR_PARTITION,
      `# Read by the initrd only.
[Partition]
Type=var
Label=var
Format=ext4
SizeMinBytes=${disk.var.minSize}
`,
    ],
  ]);
}
