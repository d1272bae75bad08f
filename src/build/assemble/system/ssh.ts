import type { Definition } from '../../../model/definition/definition.ts';
import type { TreeEditor } from './tree-editor.ts';

const SSHD_CONFIG = `# Host keys are made on the device and kept in /var; who may log in is part of the image (sshd_config(5)).
HostKey /var/lib/ashlar/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
X11Forwarding no
`;

const HOST_KEY_SCRIPT = `#!/bin/sh
# Makes the machine's SSH host key at its first start. A power cut leaves no half-written key: the name comes last.
set -eu
umask 077
key=/var/lib/ashlar/ssh/ssh_host_ed25519_key
[ ! -s "$key" ] || exit 0
rm -f "$key.new" "$key.new.pub"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$key.new"
chmod 644 "$key.new.pub"
mv "$key.new.pub" "$key.pub"
sync "$key.new" "$key.pub"
mv "$key.new" "$key"
sync /var/lib/ashlar/ssh
`;

const HOST_KEY_UNIT = `[Unit]
Description=Make this machine's SSH host key
ConditionPathExists=!/var/lib/ashlar/ssh/ssh_host_ed25519_key
RequiresMountsFor=/var/lib/ashlar/ssh
After=systemd-random-seed.service
Before=ssh.service ssh.socket sshd@.service

[Service]
Type=oneshot
ExecStart=/usr/lib/ashlar/ssh-host-key
StateDirectory=ashlar/ssh
StateDirectoryMode=0755

[Install]
WantedBy=ssh.service ssh.socket
`;

/**
 * With an SSH server in the image: keys of the definition's users in a place that only root writes, no passwords, a host key made
 * on the device. It does not start the server: that is the definition's to say. Returns the units to enable.
 */
export function writeSsh(tree: TreeEditor, { users }: Pick<Definition, 'users'>): string[] {
  if (tree.resolve('/usr/sbin/sshd') === undefined) return [];
  tree.writeFile('/etc/ssh/sshd_config.d/50-ashlar.conf', SSHD_CONFIG);
  tree.makeDirectory('/etc/ssh/authorized_keys.d');
  for (const [name, { sshKeys }] of Object.entries(users)) {
    if (sshKeys.length === 0) continue;
    tree.writeFile(`/etc/ssh/authorized_keys.d/${name}`, sshKeys.map((key) => `${key}\n`).join(''));
  }
  tree.writeFile('/usr/lib/ashlar/ssh-host-key', HOST_KEY_SCRIPT, { mode: 0o755 });
  tree.writeFile('/usr/lib/systemd/system/ashlar-ssh-host-key.service', HOST_KEY_UNIT);
  return ['ashlar-ssh-host-key.service'];
}
