#!/bin/busybox sh
# The first program of an Ashlar system. From the two partitions whose UUIDs are the halves of `roothash=` it opens the verified
# root, makes or mounts /var, gives the machine its id, lays the transient overlay over /etc and hands over to systemd. When a step
# cannot be done it says why, leaves the reason in an EFI variable and restarts: the boot loader has counted the start, and after
# the last try takes the other entry. There is no shell to fall into.
#
# It runs under busybox. Heavier work (making, checking and growing /var) is done by the verified root's own programs.
set -euf
export PATH=/usr/sbin:/usr/bin

readonly ROOT=/sysroot
readonly STATE=$ROOT/var/lib/ashlar
readonly LOG=/run/ashlar/boot.log # what the programs below say; it stays readable in the running system
readonly DEVICE_SECONDS=15        # virtual disks take milliseconds, USB disks and RAID controllers some seconds
readonly VAR_TYPE=4d21b016-b534-45c2-a9fb-5c16e091fd2d # UAPI Discoverable Partitions Specification
readonly GROWTH_SECTORS=131072    # 64 MiB in sectors of 512 bytes: less free space behind /var is left alone
readonly EFI_VARIABLES=/sys/firmware/efi/efivars
readonly ASHLAR_VENDOR=7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70
readonly LOADER_VENDOR=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f # systemd's Boot Loader Interface
readonly FAILURE_VARIABLE=$EFI_VARIABLES/AshlarBootFailure-$ASHLAR_VENDOR
readonly COUNT_VARIABLE=$EFI_VARIABLES/AshlarBootCount-$ASHLAR_VENDOR
readonly ROTTEN_STARTS=4        # a root that was started so often and never found healthy rots
readonly WATCHDOG_CONFIG=$ROOT/usr/lib/systemd/system.conf.d/50-ashlar-watchdog.conf
readonly WATCHDOG_PARAMETERS='heartbeat=120 timeout=120'
readonly WATCHDOG_ROUNDS=120    # of 5 seconds: longer than a repair of /var takes

main() {
  mount_kernel_interfaces
  . /modules.sh
  read_parameters
  ask_loader
  load_optional_modules
  load $root_modules || fail 'the kernel refused a module of the boot image'
  find_root
  open_root
  start_watchdog
  ready_var
  give_machine_id
  overlay_etc
  hand_over
}

# --- failing -------------------------------------------------------------------------------------------------------------------

fail() {
  trap - EXIT
  set +eu
  reason=$1
  last_words=$(tail -n 1 "$LOG")
  [ -z "$last_words" ] || reason="$reason ($last_words)"
  say "cannot boot: $reason. Restarting."
  remember_failure
  sync
  reboot -f
  echo b >/proc/sysrq-trigger
  exit 1 # a first process that ends panics the kernel, and panic= restarts it
}

# Priority 2 reaches every console, whatever the kernel's log level is.
say() { echo "<2>ashlar: $1" >/dev/kmsg || echo "ashlar: $1"; }

# Leaves the reason where the next system to run finds it. Nothing is written when it is there already: a machine that restarts
# for hours must not wear out its firmware's flash.
remember_failure() {
  mount_efi_variables || return
  value=$(printf '%.400s' "roothash=${roothash:-unknown} $reason")
  if [ -e $FAILURE_VARIABLE ]; then
    [ "$(cat $FAILURE_VARIABLE | tail -c +5)" != "$value" ] || return # efivarfs cannot seek
  fi
  write_variable $FAILURE_VARIABLE '%s' "$value"
}

# --- the loader ----------------------------------------------------------------------------------------------------------------

# What systemd-boot says of this start, in variables of its Boot Loader Interface. Without EFI, or without that loader, nothing.
ask_loader() {
  esp_uuid=''
  mount_efi_variables || return 0
  load $pstore_modules || :
  esp_uuid=$(loader_says DevicePartUUID | tr A-F a-f)
  # A start that the loader counts is one of a release on probation: it does the counting then.
  [ -n "$(loader_says BootCountPath)" ] || count_start
}

efi_variables_mounted=no
mount_efi_variables() {
  [ $efi_variables_mounted = no ] || return 0
  [ -d $EFI_VARIABLES ] && load $efivarfs_modules || return
  mount -t efivarfs -o nosuid,nodev,noexec efivarfs $EFI_VARIABLES || return
  efi_variables_mounted=yes
}

# The text of the loader's variable $1, from UTF-16; entries of a list become lines. efivarfs cannot seek.
loader_says() {
  [ -e "$EFI_VARIABLES/Loader$1-$LOADER_VENDOR" ] || return 0
  # The second byte of a character is zero, and becomes its line's end; a zero character is two empty lines.
  cat "$EFI_VARIABLES/Loader$1-$LOADER_VENDOR" | tail -c +5 | tr '\000' '\n' | {
    text=''
    while read -r character; do
      [ -z "$character" ] || { text=$text$character && continue; }
      [ -z "$text" ] || echo "$text"
      text=''
    done
    [ -z "$text" ] || echo "$text"
  }
}

# Sets the variable in file $1 to what printf makes of the rest. Four bytes of attributes come first: non-volatile, boot services,
# runtime (UEFI 2.10, 8.2). It must be one write. efivarfs guards variables that it does not know.
write_variable() {
  variable=$1 format=$2
  shift 2
  [ ! -e "$variable" ] || chattr -i "$variable"
  printf "\\007\\000\\000\\000$format" "$@" >"$variable"
}

# A root that rots: a proven entry has no counter, and a machine whose starts all end in a damaged block would restart for ever. So the
# starts of a root are counted in an EFI variable, which a healthy system takes away; after too many, the loader is told to take another
# entry, once. Whoever runs then sees why (remember_failure). Where there is no other entry nothing is written.
count_start() {
  other=$(other_entry)
  [ -n "$other" ] || return 0
  starts=1
  set -- $([ ! -e $COUNT_VARIABLE ] || cat $COUNT_VARIABLE | tail -c +5)
  case "${1:-}" in [1-9]) [ "${2:-}" != "$roothash" ] || starts=$(($1 + 1)) ;; esac
  if [ $starts -lt $ROTTEN_STARTS ]; then
    write_variable $COUNT_VARIABLE '%s' "$starts $roothash" || :
    return 0
  fi
  chattr -i $COUNT_VARIABLE && rm -f $COUNT_VARIABLE || return 0
  write_variable "$EFI_VARIABLES/LoaderEntryOneShot-$LOADER_VENDOR" "$(utf16 "$other")" || return 0
  fail "this root was started $((starts - 1)) times and was never found healthy; $other is started instead"
}

# The first of the loader's entries that is another system of ours. They are in its order, in which those without tries come last; its
# names of them say nothing of counters (systemd 257; with older ones an entry that has one is passed over).
other_entry() {
  selected=$(loader_says EntrySelected)
  loader_says Entries | while read -r entry; do
    case $entry in "$selected" | *[!a-z0-9._~^-]*) continue ;; *_*.efi) echo "$entry" && break ;; esac
  done
}

# $1 as printf's format for UTF-16 with a zero at its end; it has none of printf's own characters.
utf16() {
  rest=$1
  while [ -n "$rest" ]; do
    after=${rest#?}
    printf '%s\\000' "${rest%"$after"}"
    rest=$after
  done
  printf '\\000\\000'
}

# --- the kernel ----------------------------------------------------------------------------------------------------------------

mount_kernel_interfaces() {
  mount -t proc -o nosuid,nodev,noexec proc /proc
  mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
  mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
  mount -t tmpfs -o nosuid,nodev,mode=0755,size=20%,nr_inodes=800k tmpfs /run
  mkdir /run/ashlar
  exec >$LOG 2>&1
}

# The kernel command line is part of the boot image; its verity options are those of veritytab(5). A second roothash= can only come
# from somebody who adds to it, where the firmware lets them.
read_parameters() {
  roothash='' verity='' data_blocks='' salt=''
  for word in $(cat /proc/cmdline); do
    case $word in
      roothash=*) [ -z "$roothash" ] || fail 'the kernel command line has two roothash='; roothash=${word#*=} ;;
      systemd.verity_root_options=*) verity=${verity:-${word#*=}} ;;
    esac
  done
  for option in $(echo "$verity" | tr , ' '); do
    case $option in
      data-blocks=*) data_blocks=${option#*=} ;;
      salt=*) salt=${option#*=} ;;
    esac
  done
  case $roothash$salt in *[!0-9a-f]*) fail 'roothash= or salt= on the kernel command line is not hexadecimal' ;; esac
  case $data_blocks in '' | *[!0-9]*) fail 'data-blocks= on the kernel command line is not a number' ;; esac
  [ ${#roothash} -eq 64 ] || fail 'roothash= on the kernel command line has not 64 digits'
}

loaded=' '
load() {
  for module; do
    case $loaded in *" $module "*) continue ;; esac
    insmod "/usr/lib/modules/$module.ko" ${parameters:-} || return
    loaded="$loaded$module "
  done
}

# Code for checksums and hashes, of which dm-verity, EROFS and ext4 take the fastest that is there when they start. A module that
# does not know this processor refuses to load, and the next one does it.
load_optional_modules() {
  flags=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo) || flags=''
  for module in $soft_modules $(accelerators_for " ${flags#*:} "); do load "$module" || :; done
}

# The drivers that this machine's hardware asks for, as words in $wanted.
look_at_hardware() {
  wanted=' '
  for alias in $(set +f && cat /sys/bus/*/devices/*/modalias 2>/dev/null); do want_driver_for "$alias"; done
}

# Loads the likeliest driver that this machine's hardware asks for and that was not tried yet; fails when there is none.
tried=' '
load_next_driver() {
  look_at_hardware
  for driver in $storage_drivers; do
    case $tried in *" $driver "*) continue ;; esac
    case $wanted in *" $driver "*) ;; *) continue ;; esac
    tried="$tried$driver "
    load $(modules_of "$driver") || continue
    return 0
  done
  return 1
}

# --- the root ------------------------------------------------------------------------------------------------------------------

# Looks at what disks there are, and loads one driver after the other until both partitions have appeared.
find_root() {
  data_uuid=$(as_uuid "${roothash:0:32}")
  tree_uuid=$(as_uuid "${roothash:32}")
  deadline=$(($(seconds) + DEVICE_SECONDS))
  while :; do
    list=$(list_partitions '*')
    data=$(echo "$list" | devices_with "$data_uuid")
    tree=$(echo "$list" | devices_with "$tree_uuid")
    [ -z "$data" ] || [ -z "$tree" ] || break
    [ "$(seconds)" -lt $deadline ] || fail "no partition has the UUID $data_uuid, or none has $tree_uuid"
    load_next_driver || sleep 0.05
  done
  set -- $data $tree
  [ $# -eq 2 ] || fail "two partitions have the same UUID, $data_uuid or $tree_uuid: $*"
  link_esp
}

# The ESP that the loader was started from, for the running system's /efi.
link_esp() {
  [ -n "$esp_uuid" ] || return 0
  set -- $(echo "$list" | devices_with "$esp_uuid")
  [ $# -ne 1 ] || ln -s "/dev/$1" /run/ashlar/esp
}

as_uuid() { echo "${1:0:8}-${1:8:4}-${1:12:4}-${1:16:4}-${1:20:12}"; }

seconds() { read -r uptime _ </proc/uptime && echo "${uptime%.*}"; }

# A line for each partition of the disks whose names match $1: device, UUID, type. sysfs does not tell UUIDs, partx reads the table;
# a partition that the kernel has not seen yet is not listed.
list_partitions() {
  set +f
  for disk in /sys/class/block/$1; do
    disk=${disk##*/}
    case $disk in dm-* | fd* | loop* | md* | ram* | sr* | zram*) continue ;; esac
    [ ! -e "/sys/class/block/$disk/partition" ] || continue
    partx --raw --noheadings --output NR,UUID,TYPE "/dev/$disk" 2>/dev/null | while read -r number ids; do
      for partition in "/sys/class/block/$disk/$disk"*/partition; do
        read -r its_number <"$partition" || continue
        [ "$its_number" != "$number" ] || { partition=${partition%/*} && echo "${partition##*/} $ids"; }
      done
    done
  done
}

# Of such lines, the devices whose UUID or type is $1.
devices_with() {
  while read -r device ids; do
    case " $ids " in *" $1 "*) echo "$device" ;; esac
  done
}

# 4096 is the block size of Ashlar's verity trees; the superblock fills the first block of the tree's partition.
open_root() {
  export DM_DISABLE_UDEV=1
  dmsetup create root --readonly --uuid "CRYPT-VERITY-${roothash:0:32}-root" --table "0 $((data_blocks * 8)) verity \
1 /dev/$data /dev/$tree 4096 4096 $data_blocks 1 sha256 $roothash $salt 1 panic_on_corruption" ||
    fail "dm-verity refused /dev/$data and /dev/$tree"
  mount -t erofs -o ro,nodev /dev/mapper/root $ROOT || fail 'the verified root could not be mounted'
}

# A root that asks for a watchdog has it from here on, and systemd takes it over once it runs. Between the two nobody feeds it: the
# half minute that drivers have by default has been too short on a busy host, so they get two. What each calls it differs; the
# kernel passes over what a module does not know.
start_watchdog() {
  [ -e $WATCHDOG_CONFIG ] || return 0
  look_at_hardware
  for driver in $watchdog_drivers; do
    case $wanted in *" $driver "*) parameters="$WATCHDOG_PARAMETERS" load $(modules_of "$driver") || : ;; esac
  done
  [ -c /dev/watchdog0 ] || return 0
  feed_watchdog &
  feeder=$!
}

# Not for ever: a start that hangs is ended.
feed_watchdog() {
  exec 3>/dev/watchdog0
  round=0
  while [ $round -lt $WATCHDOG_ROUNDS ]; do
    echo >&3
    sleep 5 3>&- # or it would hold the device after its parent
    round=$((round + 1))
  done
}

# Runs a program of the verified root.
in_root() {
  for place in dev proc sys run; do mount -o bind /$place $ROOT/$place || return; done
  status=0
  chroot $ROOT "$@" </dev/null || status=$?
  for place in dev proc sys run; do umount $ROOT/$place || return; done
  return $status
}

# --- what stays ----------------------------------------------------------------------------------------------------------------

# /var is the partition of that type on the disk of the root. Nothing else on the disk is ever changed here.
ready_var() {
  disk=$(cd -P "/sys/class/block/$data/.." && echo "${PWD##*/}")
  var=$(list_partitions "$disk" | devices_with $VAR_TYPE)
  grown=no
  if [ -z "$var" ]; then
    repart || fail "systemd-repart could not make the partition of /var on $disk"
    var=$(list_partitions "$disk" | devices_with $VAR_TYPE)
    [ -n "$var" ] || fail "the new partition of /var on $disk did not appear"
  fi
  set -- $var
  [ $# -eq 1 ] || fail "two partitions of $disk have the type of /var: $*"
  if [ "$(free_sectors_behind_var)" -ge $GROWTH_SECTORS ]; then
    repart && grown=yes || say 'the partition of /var could not be grown, going on with its size'
  fi
  is_clean || repair
  mount -t ext4 -o nosuid,nodev,errors=remount-ro "/dev/$var" $ROOT/var || fail "/var could not be mounted from /dev/$var"
  [ $grown = no ] || in_root resize2fs "/dev/$var" || say 'the file system of /var could not be grown'
}

# mkfs runs on a loop device before the partition table is written: a power cut leaves no partition that is half made.
repart() {
  load $loop_modules || return
  in_root systemd-repart --dry-run=no --empty=refuse --discard=no --pretty=no --seed=random \
    --definitions=/usr/lib/ashlar/repart.d "/dev/$disk"
}

# sysfs counts in sectors of 512 bytes, whatever the disk's own are.
free_sectors_behind_var() {
  cd "/sys/class/block/$disk"
  echo $(($(cat size) - $(cat "$var/start") - $(cat "$var/size")))
}

# Clean in the superblock's s_state, and nothing to replay in the journal (bit 2 of s_feature_incompat).
is_clean() {
  set -- $(od -A n -t u2 -j 1082 -N 2 "/dev/$var") $(od -A n -t u2 -j 1120 -N 2 "/dev/$var")
  [ "$1" = 1 ] && [ $(($2 & 4)) -eq 0 ]
}

# 0 and 1 are a consistent file system, 2 and 3 the same with a restart that only a mounted one needs (e2fsck(8)). Nobody sits there
# to be asked: what a routine repair leaves is repaired as far as possible, and the log says so.
repair() {
  check -p && return
  say '/var has errors beyond a routine repair; all of them are being repaired'
  check -f -y || fail "/var on $var is damaged beyond what e2fsck repairs"
}

check() {
  in_root e2fsck "$@" "/dev/$var" || [ $? -le 3 ]
}

# Only the very first boot is a first boot: then /etc/machine-id stays `uninitialized`, and systemd takes the id from /run.
give_machine_id() {
  mkdir -p $STATE
  [ -e $STATE/machine-id ] && read -r machine_id <$STATE/machine-id || machine_id=''
  case $machine_id in *[!0-9a-f]*) machine_id='' ;; esac
  [ ${#machine_id} -ne 32 ] || return 0
  machine_id=''
  tr -d - </proc/sys/kernel/random/uuid >$STATE/machine-id.new
  sync
  mv $STATE/machine-id.new $STATE/machine-id
  cp $STATE/machine-id /run/machine-id
}

# What is written into /etc is in memory, and gone with the next boot.
overlay_etc() {
  mkdir -m 0700 /run/ashlar/etc
  mount -t tmpfs -o nosuid,nodev,mode=0700,size=10% ashlar-etc /run/ashlar/etc
  cd /run/ashlar/etc
  mkdir upper work
  [ -z "$machine_id" ] || echo "$machine_id" >upper/machine-id
  mount -t overlay -o "nosuid,nodev,lowerdir=$ROOT/etc,upperdir=$PWD/upper,workdir=$PWD/work" etc $ROOT/etc ||
    fail 'the overlay of /etc could not be mounted'
  cd /
}

hand_over() {
  [ -z "${feeder:-}" ] || kill -9 "$feeder" || :
  for place in dev proc sys run; do mount -o move /$place $ROOT/$place; done
  exec switch_root -c /dev/console $ROOT /usr/lib/systemd/systemd
}

trap 'fail "the boot image ended unexpectedly"' EXIT
main
