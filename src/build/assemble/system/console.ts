import type { Definition } from '../../../model/definition/definition.ts';
import { AshlarError } from '../../../model/error.ts';
import type { TreeEditor } from './tree-editor.ts';

/** The speeds that agetty tries, as systemd's own serial-getty@.service has them. */
const SERIAL_SPEEDS = '115200,57600,38400,9600';

/**
 * Sets up the logins that the definition asks for and returns the units to enable: none without one, else a prompt on the serial
 * port when there is one, else on the screen.
 */
export function writeConsole(tree: TreeEditor, { console }: Pick<Definition, 'console'>): string[] {
  // logind would start a prompt on each virtual terminal that someone switches to (logind.conf(5)).
  tree.writeFile('/usr/lib/systemd/logind.conf.d/50-ashlar.conf', '[Login]\nNAutoVTs=0\nReserveVT=0\n');
  if (console.login === 'none') return [];
  if (tree.resolve('/usr/bin/login') === undefined) {
    throw new AshlarError(
      'definition-invalid',
      'console.login asks for a login, but no program "login" is in the image',
      {
        hint: 'Add "login" to packages, or set console.login to "none".',
      },
    );
  }
  const unit = console.serial === undefined ? 'getty@tty1.service' : `serial-getty@${console.serial}.service`;
  if (console.login === 'root-autologin') {
    const speeds = console.serial === undefined ? '' : `--keep-baud ${SERIAL_SPEEDS} `;
    const agetty = `-/sbin/agetty -o '-p -f -- \\\\u' --noreset --noclear --autologin root ${speeds}- \${TERM}`;
    tree.writeFile(`/etc/systemd/system/${unit}.d/50-autologin.conf`, `[Service]\nExecStart=\nExecStart=${agetty}\n`);
  }
  return [unit];
}
