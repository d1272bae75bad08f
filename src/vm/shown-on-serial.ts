/** The key under which systemd-stub looks for more of a kernel command line in SMBIOS type 11 strings (systemd-stub(7)). */
const COMMAND_LINE_KEY = 'io.systemd.stub.kernel-cmdline-extra';

/** Level 6 is up to notices: some 30 lines, among them the one by which the kernel's start is seen. */
const SHOWN = 'loglevel=6 systemd.show_status=yes';

/**
 * The firmware's strings by which a release's boot can be seen: a serial console if its command line has none, and on it what kernel and services
 * say. systemd-stub takes them, under Secure Boot too: they come from the firmware, which is trusted.
 *
 * @param commandLine the release's own.
 * @param more further arguments of the kernel.
 */
export function shownOnSerial(commandLine: string, more: readonly string[] = []): string[] {
  const has = /(^|\s)console=tty(S|AMA)/.test(commandLine);
  return [`${COMMAND_LINE_KEY}=${[...(has ? [] : ['console=ttyS0']), SHOWN, ...more].join(' ')}`];
}
