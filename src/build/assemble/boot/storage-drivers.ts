/** A driver that can bring the disk of the root. */
export interface StorageDriver {
  /** Its module, as `lsmod` writes it. */
  readonly module: string;
  /** Where it is met. */
  readonly reason: string;
  /** Which of its aliases count; all that name hardware, without it. */
  readonly aliases?: RegExp;
}

/**
 * The drivers that a boot image carries, as far as its kernel has them. The initrd loads those that a machine's hardware asks for,
 * one after the other in this order, until the root has appeared: what nearly every machine needs comes first, what takes long to
 * look for disks last (an AHCI controller without a disk costs 0.7 s under emulation). A driver comes after those of the bus it
 * sits on; the last ones are for disks that hang on a controller of any kind.
 */
export const STORAGE_DRIVERS: readonly StorageDriver[] = [
  { module: 'virtio_pci', reason: 'bus of virtual devices: QEMU, KVM, most clouds' },
  { module: 'virtio_mmio', reason: 'the same for microVMs and arm64' },
  { module: 'virtio_blk', reason: 'virtual disks' },
  { module: 'nvme', reason: 'NVMe disks, also those of AWS and Azure' },
  { module: 'virtio_scsi', reason: 'virtual disks: Google Cloud, Proxmox, OpenStack' },
  { module: 'hv_vmbus', reason: 'bus of Hyper-V and Azure' },
  { module: 'hv_storvsc', reason: 'disks of Hyper-V and Azure' },
  { module: 'xen_blkfront', reason: 'disks of Xen and of older AWS instances' },
  { module: 'vmw_pvscsi', reason: 'disks of VMware' },
  { module: 'mptspi', reason: 'disks of VMware, older' },
  { module: 'sdhci_pci', reason: 'eMMC and SD on PCs' },
  { module: 'sdhci_acpi', reason: 'eMMC of small PCs' },
  { module: 'sdhci_iproc', reason: 'SD of Raspberry Pi' },
  { module: 'mmc_block', reason: 'eMMC and SD' },
  { module: 'megaraid_sas', reason: 'RAID controllers of Broadcom, Dell PERC' },
  { module: 'mpt3sas', reason: 'SAS controllers of Broadcom' },
  { module: 'smartpqi', reason: 'RAID controllers of Microchip, HPE' },
  { module: 'ahci', reason: 'SATA' },
  { module: 'ata_piix', reason: 'SATA and IDE of old PCs and emulators' },
  { module: 'xhci_pci', reason: 'USB' },
  // Hundreds of its aliases are for odd devices; a disk to boot from says that it is one.
  { module: 'uas', reason: 'USB disks, fast', aliases: /^usb:v\*p\*d\*dc\*/ },
  { module: 'usb_storage', reason: 'USB disks', aliases: /^usb:v\*p\*d\*dc\*/ },
  { module: 'sd_mod', reason: 'disks on SCSI, SATA, SAS and USB controllers' },
];

/** What every boot image loads, by the names of modules, whether the kernel has them built in or not. */
export const ROOT_MODULES = ['dm_verity', 'erofs', 'overlay', 'ext4'] as const;

/**
 * Faster hashing for dm-verity, which takes the fastest code that is there when it starts, and keeps it. Loaded when the processor has
 * one of the flags (words of /proc/cpuinfo). Plain SSSE3 is left out: it is what emulators have, and emulated it gains nothing.
 */
export const ACCELERATORS: readonly { readonly module: string; readonly flags: readonly string[] }[] = [
  { module: 'sha256_ssse3', flags: ['sha_ni', 'avx', 'avx2'] },
  { module: 'sha2_ce', flags: ['sha2'] },
];
