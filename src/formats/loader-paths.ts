/** Where the loader lies on the ESP, by the architectures' Debian names. */
export const LOADER_PATHS = {
  amd64: { fallback: 'EFI/BOOT/BOOTX64.EFI', own: 'EFI/systemd/systemd-bootx64.efi' },
  arm64: { fallback: 'EFI/BOOT/BOOTAA64.EFI', own: 'EFI/systemd/systemd-bootaa64.efi' },
} as const satisfies Record<string, LoaderPaths>;

export interface LoaderPaths {
  /** What firmware starts without being told (UEFI 2.10 §3.5.1.1, removable media). */
  readonly fallback: string;
  /** What is started when a boot option says so. */
  readonly own: string;
}
