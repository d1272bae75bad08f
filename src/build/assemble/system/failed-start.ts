import type { TreeEditor } from './tree-editor.ts';

/** How long the reason stays on the screen before the machine restarts. */
const RESTART_DELAY_SECONDS = 10;

const EMERGENCY_UNIT = `[Unit]
Description=Restart after a start that failed
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target
SuccessAction=reboot-force
FailureAction=reboot-force

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "ashlar: the system did not start; restarting in ${RESTART_DELAY_SECONDS} seconds" >/dev/console; sleep ${RESTART_DELAY_SECONDS}'
`;

/**
 * systemd's emergency mode asks for root's password, which there is none of, and waits for ever. Instead the machine restarts:
 * boot counting then comes to the entry that worked. A system with a login on its console keeps the shell.
 */
export function writeFailedStart(tree: TreeEditor): void {
  const path = '/usr/lib/systemd/system/emergency.service';
  if (tree.find(path) === undefined) tree.writeFile(path, EMERGENCY_UNIT);
}
