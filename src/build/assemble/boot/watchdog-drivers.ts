/**
 * Hardware watchdogs that the initrd can start, by module: those whose device is there without a driver of another kind. Others
 * are loaded by the running system (`updates/watchdog.ts`).
 */
export const WATCHDOG_DRIVERS: readonly { readonly module: string; readonly reason: string }[] = [
  { module: 'i6300esb', reason: 'QEMU, and Intel servers of its time' },
  { module: 'wdat_wdt', reason: 'PCs whose firmware describes one (ACPI WDAT)' },
  { module: 'sbsa_gwdt', reason: 'arm64 servers' },
];
