import { bytesOf } from '../../../model/byte-string.ts';
import { sha256 } from '../../../model/digest.ts';
import { type DirectoryNode, type FileNode, NO_XATTRS, type TreeNode } from '../../../model/tree.ts';

/** depmod's files of a kernel that has a little of everything: built-in drivers, dependencies, aliases that are no hardware. */
export const SAMPLE_INDEX = {
  'modules.dep': `kernel/drivers/md/dm-mod.ko:
kernel/drivers/md/dm-bufio.ko: kernel/drivers/md/dm-mod.ko
kernel/lib/reed_solomon/reed_solomon.ko:
kernel/drivers/md/dm-verity.ko: kernel/drivers/md/dm-bufio.ko kernel/drivers/md/dm-mod.ko kernel/lib/reed_solomon/reed_solomon.ko
kernel/lib/libcrc32c.ko:
kernel/fs/erofs/erofs.ko: kernel/lib/libcrc32c.ko
kernel/fs/overlayfs/overlay.ko:
kernel/drivers/block/loop.ko:
kernel/fs/efivarfs/efivarfs.ko:
kernel/drivers/firmware/efi/efi-pstore.ko:
kernel/drivers/watchdog/watchdog.ko:
kernel/drivers/watchdog/i6300esb.ko: kernel/drivers/watchdog/watchdog.ko
kernel/drivers/block/virtio_blk.ko:
kernel/arch/x86/crypto/sha256-ssse3.ko:
kernel/drivers/scsi/scsi_common.ko:
kernel/drivers/scsi/scsi_mod.ko: kernel/drivers/scsi/scsi_common.ko
kernel/drivers/scsi/sd_mod.ko: kernel/drivers/scsi/scsi_mod.ko kernel/drivers/scsi/scsi_common.ko
kernel/sound/soundcore.ko:
kernel/arch/x86/crypto/crc32c-intel.ko:
kernel/crypto/crc32c_generic.ko:
`,
  'modules.builtin': `kernel/fs/ext4/ext4.ko
kernel/drivers/nvme/host/nvme.ko
kernel/drivers/virtio/virtio_pci.ko
`,
  'modules.alias': `# Aliases extracted from modules themselves.
alias virtio:d00000002v* virtio_blk
alias block-major-8-* sd_mod
alias scsi:t-0x00* sd_mod
alias pci:v00008086d000025ABsv*sd*bc*sc*i* i6300esb
alias scsi:t-0x0e* sd_mod
alias fs-erofs erofs
alias crypto-crc32c crc32c_intel
alias crypto-crc32c crc32c_generic
`,
  'modules.softdep': `# Soft dependencies extracted from modules themselves.
softdep ext4 pre: crypto-crc32c
softdep soundcore pre: snd post: other
`,
};

export const SAMPLE_RELEASE = '6.12.0-sample';

/** A tree with that kernel's modules and with `files` (contents by path), for tests. */
export function sampleTree(files: Readonly<Record<string, string | Buffer>>): DirectoryNode {
  const root = directory();
  const directoryOfModules = `usr/lib/modules/${SAMPLE_RELEASE}`;
  const modules = SAMPLE_INDEX['modules.dep'].split('\n').map((line) => line.split(':')[0]!);
  const all = {
    ...Object.fromEntries(Object.entries(SAMPLE_INDEX).map(([name, text]) => [`${directoryOfModules}/${name}`, text])),
    ...Object.fromEntries(
      modules.filter((path) => path !== '').map((path) => [`${directoryOfModules}/${path}`, `the module ${path}`]),
    ),
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    const parts = path.split('/');
    const name = bytesOf(parts.pop()!);
    let at = root;
    for (const part of parts.map(bytesOf)) {
      const child: TreeNode = at.children.get(part) ?? directory();
      if (child.type !== 'directory') throw new TypeError(`${path} lies under a file`);
      at.children.set(part, child);
      at = child;
    }
    at.children.set(name, file(Buffer.from(content)));
  }
  return root;
}

const METADATA = { mode: 0o755, uid: 0, gid: 0, mtime: { seconds: 0n, nanoseconds: 0 }, xattrs: NO_XATTRS };

function directory(): DirectoryNode {
  return { ...METADATA, type: 'directory', children: new Map() };
}

function file(bytes: Buffer): FileNode {
  return { ...METADATA, type: 'file', content: { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes } };
}
