/**
 * Takes away the initrd's count of starts (init.sh, “a root that rots”). Removing what is not there writes nothing: flash wears. The
 * variable is guarded by efivarfs, as all that the kernel does not know.
 */
export const BOOT_COUNT_SCRIPT = `#!/bin/sh
# This start was a good one: the boot image counts from nothing again.
set -eu
count=/sys/firmware/efi/efivars/AshlarBootCount-7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70
[ -e "$count" ] || exit 0
chattr -i "$count"
rm -f "$count"
`;
