import type { Lock, LockRequest } from '../../model/lock.ts';
import type { ControlFiles } from '../package/control-files.ts';
import { INITRAMFS_STAND_IN } from './initramfs-stand-in.ts';

/** What apt takes for installed. */
export interface InstalledState {
  /** dpkg's status file. */
  readonly status: string;
  /** apt's extended_states: what came along as a dependency and goes when nothing needs it any longer. */
  readonly extendedStates: string;
}

/** Nothing is installed: everything is resolved from the start, to what is newest. */
export const NOTHING_INSTALLED: InstalledState = { status: INITRAMFS_STAND_IN.stanza, extendedStates: '' };

/**
 * The packages of `lock` as if they were installed, so that apt changes no more of them than it must. `controls` are their
 * control files; what `request` asks for is marked as asked for.
 */
export function installedState(lock: Lock, request: LockRequest, controls: ControlFiles): InstalledState {
  const root = lock.packages.filter(({ group }) => group === 'root');
  const stanzas = root.map(({ sha256 }) =>
    (controls.get(sha256)?.text ?? '').trimEnd().replace('\n', '\nStatus: install ok installed\n'),
  );
  const asked = new Set(request.install);
  const automatic = root.filter(({ name }) => !asked.has(name));
  return {
    status: `${[INITRAMFS_STAND_IN.stanza.trimEnd(), ...stanzas].join('\n\n')}\n`,
    extendedStates: automatic
      .map(
        ({ name, architecture }) =>
          `Package: ${name}\nArchitecture: ${architecture === 'all' ? request.architecture : architecture}\nAuto-Installed: 1\n`,
      )
      .join('\n'),
  };
}
