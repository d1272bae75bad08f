import type { Definition } from '../../../model/definition/definition.ts';
import type { TreeEditor } from './tree-editor.ts';

/** Every Ethernet card of the machine, but no bridge, veth or the like: those have a kind. */
const DHCP_NETWORK = `# Wired networks are configured by DHCP and router advertisements unless the definition brings a .network file.
[Match]
Type=ether
Kind=!*

[Network]
DHCP=yes
LLMNR=no
MulticastDNS=no
`;

/** networkd knows the name servers; without resolved, nobody tells the C library. */
const RESOLV_CONF_SCRIPT = `#!/bin/sh
# Writes the name servers that systemd-networkd learnt to where /etc/resolv.conf leads.
set -eu
umask 022
servers= domains=
while IFS='=' read -r key value; do
  case $key in
    DNS) servers=$value ;;
    DOMAINS) domains=$value ;;
  esac
done </run/systemd/netif/state
{
  for server in $servers; do echo "nameserver \${server%%#*}"; done
  [ -z "$domains" ] || echo "search $domains"
} >/run/ashlar/resolv.conf.new
mv /run/ashlar/resolv.conf.new /run/ashlar/resolv.conf
`;

const RESOLV_CONF_PATH = `[Unit]
Description=Watch for the name servers that systemd-networkd learns

[Path]
PathChanged=/run/systemd/netif/state

[Install]
WantedBy=systemd-networkd.service
`;

const RESOLV_CONF_SERVICE = `[Unit]
Description=Write /etc/resolv.conf
After=systemd-networkd.service
# It is started for each change: several in a second are usual while links come up.
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/lib/ashlar/resolv-conf
RuntimeDirectory=ashlar
RuntimeDirectoryPreserve=yes
`;

/** No names by multicast: it would answer anyone on the network. */
const RESOLVED_QUIET = '[Resolve]\nLLMNR=no\nMulticastDNS=no\n';

/** Sets up the network of a system whose definition says nothing of it, and name resolution. Returns the units to enable. */
export function writeNetwork(tree: TreeEditor, { files }: Pick<Definition, 'files'>): string[] {
  const ownNetwork = Object.keys(files).some((path) =>
    /^\/(etc|usr\/lib)\/systemd\/network\/[^/]+\.network$/.test(path),
  );
  if (!ownNetwork) tree.writeFile('/usr/lib/systemd/network/80-ashlar-dhcp.network', DHCP_NETWORK);

  if (tree.resolve('/usr/lib/systemd/systemd-resolved') !== undefined) {
    tree.writeFile('/usr/lib/systemd/resolved.conf.d/50-ashlar.conf', RESOLVED_QUIET);
    tree.writeSymlink('/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf');
    return [];
  }
  tree.writeSymlink('/etc/resolv.conf', '../run/ashlar/resolv.conf');
  tree.writeFile('/usr/lib/ashlar/resolv-conf', RESOLV_CONF_SCRIPT, { mode: 0o755 });
  tree.writeFile('/usr/lib/systemd/system/ashlar-resolv-conf.path', RESOLV_CONF_PATH);
  tree.writeFile('/usr/lib/systemd/system/ashlar-resolv-conf.service', RESOLV_CONF_SERVICE);
  return ['ashlar-resolv-conf.path'];
}
