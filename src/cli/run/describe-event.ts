import type { RunEvent } from '../../vm/run-event.ts';

const STAGES = {
  firmware: 'the firmware speaks',
  loader: 'the boot loader starts',
  kernel: 'the kernel starts',
  initrd: 'the boot image looks for the root',
  userspace: 'the system starts its services',
} as const;

/** An event in words for a person; undefined where the command's result says it. */
export function describeEvent(event: RunEvent): string | undefined {
  switch (event.event) {
    case 'accelerator':
      return event.accelerator === 'kvm' ? event.reason : `emulated, which is slow: ${event.reason}`;
    case 'started':
      return [
        'switched on',
        ...event.forwards.map(({ host, guest }) => `127.0.0.1:${host} leads to its port ${guest}`),
      ].join('; ');
    case 'ready':
      return `up after ${event.seconds.toFixed(1)} s: ${describeStatus(event)}`;
    case 'keys-enrolled':
      return 'the firmware has the keys of Secure Boot, and enforces it from the next start on';
    case 'panic':
      return `the kernel panicked: ${event.reason}`;
    case 'boot-failed':
      return `the boot image gave up: ${event.reason}`;
    case 'watchdog':
      return 'the watchdog was not petted';
    case 'reboot':
      return event.expected ? 'restarts' : 'restarts, unasked';
    case 'powered-off':
      return 'powered off';
    case 'exit':
      return undefined;
    default:
      return STAGES[event.event];
  }
}

/** `minimal 1.0.0, verified, read-only, boot chain not enforced`. */
export function describeStatus(status: Extract<RunEvent, { readonly event: 'ready' }>): string {
  return [
    `${status.name} ${status.version}`,
    status.verified ? 'verified' : 'NOT VERIFIED',
    status.readOnly ? 'read-only' : 'WRITABLE',
    `boot chain ${status.bootChainEnforced ? 'enforced' : 'not enforced'}`,
  ].join(', ');
}
