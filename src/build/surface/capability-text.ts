/** Names in the order of their numbers (linux/capability.h). */
const NAMES = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
).split(' ');

const EFFECTIVE_FLAG = 1;
const REVISION_SHIFT = 24;
/** Length of `struct vfs_cap_data` by revision: two 32-bit halves from the second on, a root id in the third. */
const LENGTH_OF_REVISION = new Map([
  [1, 12],
  [2, 20],
  [3, 24],
]);

/**
 * The extended attribute `security.capability` as getcap(8) prints it: `cap_net_raw=ep`. What does not follow the kernel's
 * `struct vfs_cap_data` is shown as hexadecimal digits: it is reported, never hidden.
 */
export function capabilityText(value: Buffer): string {
  const magic = value.length >= 4 ? value.readUInt32LE(0) : 0;
  const revision = magic >>> REVISION_SHIFT;
  if (LENGTH_OF_REVISION.get(revision) !== value.length) return `invalid ${value.subarray(0, 64).toString('hex')}`;
  const set = (offset: number): bigint => {
    const low = BigInt(value.readUInt32LE(offset));
    return revision === 1 ? low : low | (BigInt(value.readUInt32LE(offset + 8)) << 32n);
  };
  const [permitted, inheritable] = [set(4), set(8)];
  const effective = (magic & EFFECTIVE_FLAG) !== 0;
  const byFlags = new Map<string, string[]>();
  for (let bit = 0n; bit < 64n; bit++) {
    const isPermitted = ((permitted >> bit) & 1n) === 1n;
    const isInheritable = ((inheritable >> bit) & 1n) === 1n;
    if (!isPermitted && !isInheritable) continue;
    const flags = `${effective ? 'e' : ''}${isInheritable ? 'i' : ''}${isPermitted ? 'p' : ''}`;
    byFlags.set(flags, [...(byFlags.get(flags) ?? []), `cap_${NAMES[Number(bit)] ?? bit}`]);
  }
  return [...byFlags].map(([flags, names]) => `${names.join(',')}=${flags}`).join(' ');
}
