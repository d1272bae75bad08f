import type { TreeEditor } from './tree-editor.ts';

/**
 * POSIX shell and coreutils only. The human text says in words what the machine's line says in `key=value`; both come from the
 * kernel's own view, not from what the build intended. Exit code 3 when the root is not verified or can be written.
 */
const STATUS_SCRIPT = `#!/bin/sh
# What runs here, and is it what was built? Usage: status [--line | --console]
set -u
. /usr/lib/os-release
efivars=/sys/firmware/efi/efivars
global=8be4df61-93ca-11d2-aa0d-00e098032b8c

root() {
  while read -r _ _ device _ point options _; do
    if [ "$point" = / ]; then
      echo "$device $options"
      return
    fi
  done </proc/self/mountinfo
}

# The value of a one-byte EFI variable: four bytes of attributes come first.
efi_byte() { od -An -tu1 -j4 -N1 "$efivars/$1-$global" 2>/dev/null | tr -d ' '; }

set -- "\${1:-}" $(root)
mode=$1 device=\${2:-} options=\${3:-}

uuid=
[ ! -r "/sys/dev/block/$device/dm/uuid" ] || read -r uuid <"/sys/dev/block/$device/dm/uuid"
case $uuid in CRYPT-VERITY-*) verified=yes ;; *) verified=no ;; esac

block_read_only=0
[ ! -r "/sys/dev/block/$device/ro" ] || read -r block_read_only <"/sys/dev/block/$device/ro"
case $options in ro | ro,*) read_only=yes ;; *) read_only=no ;; esac
[ "$block_read_only" = 1 ] || read_only=no

if [ "$(efi_byte SecureBoot)" = 1 ] && [ "$(efi_byte SetupMode)" != 1 ]; then
  chain=enforced chain_text='enforced by Secure Boot'
else
  chain=not-enforced chain_text='not enforced: Secure Boot is off'
fi

case $verified in yes) root_text='verified by dm-verity' ;; *) root_text='NOT VERIFIED' ;; esac
case $read_only in yes) root_text="$root_text, read-only" ;; *) root_text="$root_text, WRITABLE" ;; esac

line="ashlar-status: image=\${IMAGE_ID:-} version=\${IMAGE_VERSION:-} verified=$verified read-only=$read_only boot-chain=$chain"
text="
  \${IMAGE_ID:-?} \${IMAGE_VERSION:-?}
  system      \${PRETTY_NAME:-Linux}, kernel $(uname -r)
  root        $root_text
  boot chain  $chain_text
"
case $mode in
  --line) printf '%s\\n' "$line" ;;
  --console) printf '%s\\n%s\\n' "$text" "$line" >/dev/console ;;
  *) printf '%s\\n' "$text" ;;
esac
[ "$verified" = yes ] && [ "$read_only" = yes ] || exit 3
`;

/**
 * It shows the status when everything has been started, and ends before a login prompt (Type=idle) takes the terminal. `late` are
 * units that nothing waits for and that cost seconds in an emulated machine: they start once the system is up.
 */
function statusUnit(late: readonly string[]): string {
  const start = late.length === 0 ? '' : `OnSuccess=${late.join(' ')}\nOnFailure=${late.join(' ')}\n`;
  return `[Unit]
Description=Say which system runs and whether it is verified
After=multi-user.target
${start}
[Service]
Type=oneshot
ExecStart=/usr/lib/ashlar/status --console

[Install]
WantedBy=multi-user.target
`;
}

/** Heeds the power button; who logs in before that starts it over D-Bus. The bus itself starts when someone speaks on it. */
const LATE_UNIT = 'systemd-logind.service';
const LATE_LINKS = [LATE_UNIT, 'dbus.service'].map((unit) => `/usr/lib/systemd/system/multi-user.target.wants/${unit}`);

const LOGIN_HOOK = `# Says at login which system this is and whether it is verified.
case $- in *i*) /usr/lib/ashlar/status ;; esac
`;

/** The status of the system, on the console after boot and at each login. Returns the units to enable. */
export function writeStatus(tree: TreeEditor): string[] {
  tree.writeFile('/usr/lib/ashlar/status', STATUS_SCRIPT, { mode: 0o755 });
  const late = tree.find(`/usr/lib/systemd/system/${LATE_UNIT}`) === undefined ? [] : [LATE_UNIT];
  tree.writeFile('/usr/lib/systemd/system/ashlar-status.service', statusUnit(late));
  for (const link of LATE_LINKS) tree.remove(link);
  tree.writeFile('/etc/profile.d/ashlar-status.sh', LOGIN_HOOK);
  return ['ashlar-status.service'];
}
