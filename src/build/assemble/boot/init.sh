#!/bin/busybox sh
# The first program of an Ashlar system. From the two partitions whose UUIDs are the halves of `roothash=` it opens the verified
# root, makes or mounts /var, gives the machine its id, lays the transient overlay over /etc and hands over to systemd. When a step
# cannot be done it says why, leaves the reason in an EFI variable and restarts: the boot loader counts the start, and after the
# last try takes the other entry. There is no shell to fall into.
#
# It runs under busybox alone. Heavier work (making, checking and growing /var) is done by the verified root's own programs.
set -euf

readonly ROOT=/sysroot
readonly STATE=$ROOT/var/lib/ashlar
readonly LOG=/run/ashlar/boot.log      # what the programs below say; it stays readable in the running system
readonly DEVICE_SECONDS=15            # virtual disks take milliseconds, a USB disk or a RAID controller a few seconds
readonly VAR_TYPE=4d21b016-b534-45c2-a9fb-5c16e091fd2d # Discoverable Partitions Specification
readonly GROWTH_SECTORS=131072        # 64 MiB in sectors of 512 bytes: less free space behind /var is left alone
readonly FAILURE_VARIABLE=AshlarBootFailure-7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70
readonly EFI_VARIABLES=/sys/firmware/efi/efivars

main() {
  mount_kernel_interfaces
  . /modules.sh
  read_parameters
  load $root_modules || fail 'a kernel module of the boot image was refused'
  load_accelerators
  wait_for_root_partitions
  open_root
  ready_var
  give_machine_id
  overlay_etc
  hand_over
}

# --- failing -------------------------------------------------------------------------------------------------------------------

# Priority 2 reaches every console, whatever the kernel's log level is.
say() { echo "<2>ashlar: $1" >/dev/kmsg || echo "ashlar: $1"; }

fail() {
  trap - EXIT
  set +e
  reason="$1 ($(tail -n 1 "$LOG"))"
  say "cannot boot: $reason. Restarting."
  remember_failure
  sync
  reboot -f
  echo b >/proc/sysrq-trigger
  exit 1 # a first process that ends panics the kernel, and panic= restarts it
}

# Leaves the reason where the next system to run can read it. Nothing is written when it is there already: a machine that
# restarts for hours must not wear out its firmware's flash.
remember_failure() {
  load $efivarfs_modules
  mount -t efivarfs -o nosuid,nodev,noexec efivarfs "$EFI_VARIABLES" || return
  reason=$(printf '%.400s' "roothash=${roothash:-none} $reason")
  variable=$EFI_VARIABLES/$FAILURE_VARIABLE
  if [ -e "$variable" ]; then
    [ "$(tail -c +5 "$variable")" = "$reason" ] && return
    chattr -i "$variable" # efivarfs guards variables that it does not know
  fi
  # Four bytes of attributes come first (UEFI 2.10, 8.2): non-volatile, boot services, runtime. It must be one write.
  printf '\007\000\000\000%s' "$reason" >"$variable"
}

# --- steps ---------------------------------------------------------------------------------------------------------------------

mount_kernel_interfaces() {
  mount -t proc -o nosuid,nodev,noexec proc /proc
  mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
  mount -t devtmpfs -o nosuid,noexec,mode=0755 devtmpfs /dev
  mount -t tmpfs -o nosuid,nodev,mode=0755,size=20%,nr_inodes=800k tmpfs /run
  mkdir /run/ashlar
  exec >"$LOG" 2>&1
}

# The kernel command line is part of the boot image. Its verity options are those of veritytab(5).
read_parameters() {
  roothash='' verity=''
  for word in $(cat /proc/cmdline); do
    case $word in
      roothash=*) roothash=${word#*=} ;;
      systemd.verity_root_options=*) verity=${word#*=} ;;
    esac
  done
  case $roothash in *[!0-9a-f]*) fail 'roothash= is not hexadecimal' ;; esac
  [ ${#roothash} -eq 64 ] || fail 'the kernel command line has no roothash= of 64 digits'
  data_blocks='' salt=''
  for option in $(echo "$verity" | tr , ' '); do
    case $option in
      data-blocks=*) data_blocks=${option#*=} ;;
      salt=*) salt=${option#*=} ;;
    esac
  done
  [ -n "$data_blocks" ] && [ -n "$salt" ] || fail 'systemd.verity_root_options= lacks data-blocks or salt'
}

loaded=' ' tried=' '
load() {
  for module; do
    case $loaded in *" $module "*) continue ;; esac
    insmod "/usr/lib/modules/$module.ko" || { say "module $module was refused"; return 1; }
    loaded="$loaded$module "
  done
}

# dm-verity takes the fastest SHA-256 that it finds when it starts. Failing to have a fast one is not a failure.
load_accelerators() {
  flags=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo) || return 0
  for module in $(accelerators_for " ${flags#*:} "); do load "$module" || :; done
}

# Loads one driver at a time, the likeliest first, until both partitions have appeared.
wait_for_root_partitions() {
  data_uuid=$(as_uuid "${roothash:0:32}")
  tree_uuid=$(as_uuid "${roothash:32}")
  deadline=$(($(seconds) + DEVICE_SECONDS))
  until data=$(partitions "$data_uuid") && tree=$(partitions "$tree_uuid") && [ -n "$data" ] && [ -n "$tree" ]; do
    [ "$(seconds)" -lt "$deadline" ] || fail "no partition has the UUID $data_uuid, or none has $tree_uuid"
    load_next_driver || sleep 0.05
  done
  set -- $data $tree
  [ $# -eq 2 ] || fail "two partitions have the same UUID, $data_uuid or $tree_uuid: $*"
}

as_uuid() { echo "${1:0:8}-${1:8:4}-${1:12:4}-${1:16:4}-${1:20:12}"; }

seconds() { read -r uptime _ </proc/uptime && echo "${uptime%.*}"; }

# The device names, one a line, of the partitions whose UUID or type is $1, on the disk $2 or on all disks.
partitions() {
  set +f
  for disk in /sys/class/block/${2:-*}; do
    [ ! -e "$disk/partition" ] || continue
    disk=${disk##*/}
    partx --raw --noheadings --output NR,UUID,TYPE "/dev/$disk" 2>/dev/null |
      while read -r number ids; do
        case " $ids " in *" $1 "*) partition_name "$disk" "$number" ;; esac
      done
  done
}

# The kernel's name of partition $2 of the disk $1 (vda2, nvme0n1p2); nothing while the kernel has not read the table yet.
partition_name() {
  for partition in /sys/class/block/"$1/$1"*; do
    [ "$(cat "$partition/partition")" != "$2" ] || echo "${partition##*/}"
  done
}

# The modules of the storage drivers are in the boot image; those that this machine's hardware asks for are loaded.
load_next_driver() {
  set +f
  aliases=$(cat /sys/bus/*/devices/*/modalias 2>/dev/null) || :
  set -f
  wanted=' '
  for alias in $aliases; do want_driver_for "$alias"; done
  for driver in $storage_drivers; do
    case $tried in *" $driver "*) continue ;; esac
    case $wanted in *" $driver "*) ;; *) continue ;; esac
    tried="$tried$driver "
    load $(modules_of "$driver") || continue
    return 0
  done
  return 1
}

# 4096 is the block size of Ashlar's verity trees; the superblock fills the first block of the tree's partition.
open_root() {
  export DM_DISABLE_UDEV=1
  dmsetup create root --readonly --uuid "CRYPT-VERITY-${roothash:0:32}-root" --table "0 $((data_blocks * 8)) verity \
1 /dev/$data /dev/$tree 4096 4096 $data_blocks 1 sha256 $roothash $salt 1 panic_on_corruption" ||
    fail "dm-verity refused /dev/$data and /dev/$tree"
  mount -t erofs -o ro,nodev /dev/mapper/root "$ROOT" || fail 'the verified root could not be mounted'
}

# /var is the partition of that type on the disk of the root. Nothing else on that disk is ever changed here.
ready_var() {
  cd -P "/sys/class/block/$data/.." && disk=$PWD && cd /
  grown=no
  disk=${disk##*/}
  var=$(partitions "$VAR_TYPE" "$disk")
  set -- $var
  [ $# -le 1 ] || fail "two partitions of $disk have the type of /var: $*"
  if [ -z "$var" ]; then
    repart "$disk" || fail "systemd-repart could not make the partition for /var on $disk"
    var=$(partitions "$VAR_TYPE" "$disk")
    [ -n "$var" ] || fail "the partition for /var did not appear on $disk"
  elif [ "$(free_sectors_behind "$var" "$disk")" -ge $GROWTH_SECTORS ]; then
    repart "$disk" && grown=yes || say 'the partition of /var could not be grown; going on with its old size'
  fi
  is_clean "/dev/$var" || check "/dev/$var"
  mount -t ext4 -o nosuid,nodev,errors=remount-ro "/dev/$var" "$ROOT/var" || fail "/var could not be mounted from /dev/$var"
  [ $grown = no ] || in_root resize2fs "/dev/$var" || say 'the file system of /var could not be grown'
}

# mkfs runs on a loop device before the partition table is written: a power cut leaves no partition that is half made.
repart() {
  load $loop_modules || return
  in_root systemd-repart --dry-run=no --empty=refuse --discard=no --pretty=no --seed=random \
    --definitions=/usr/lib/ashlar/repart.d "/dev/$1"
}

# sysfs counts in sectors of 512 bytes, whatever the disk's own are.
free_sectors_behind() {
  set -- /sys/class/block/"$2" "$1"
  echo $(($(cat "$1/size") - $(cat "$1/$2/start") - $(cat "$1/$2/size")))
}

# Clean in the superblock's s_state, nothing in the journal to replay (bit 2 of s_feature_incompat).
is_clean() {
  set -- $(od -A n -t u2 -j 1082 -N 2 "$1") $(od -A n -t u2 -j 1120 -N 2 "$1")
  [ "$1" = 1 ] && [ $(($2 & 4)) = 0 ]
}

# e2fsck(8): 0 and 1 mean a consistent file system, 2 the same with a restart that only a mounted one needs.
check() {
  in_root e2fsck -p "$1" && return
  [ $? -le 3 ] && return
  say "/var has errors that need more than a routine repair; repairing all of them"
  in_root e2fsck -f -y "$1" && return
  [ $? -le 3 ] || fail "/var on $1 is damaged beyond what e2fsck repairs"
}

# Runs a program of the verified root.
in_root() {
  for place in dev proc sys run; do mount -o bind "/$place" "$ROOT/$place" || return; done
  status=0
  chroot "$ROOT" "$@" </dev/null || status=$?
  for place in dev proc sys run; do umount "$ROOT/$place" || return; done
  return $status
}

# Only the very first boot is a first boot: then /etc/machine-id stays `uninitialized` and systemd takes the id from /run.
give_machine_id() {
  mkdir -p "$STATE"
  if [ ! -s "$STATE/machine-id" ]; then
    tr -d - </proc/sys/kernel/random/uuid >"$STATE/machine-id.new"
    sync
    mv "$STATE/machine-id.new" "$STATE/machine-id"
    cp "$STATE/machine-id" /run/machine-id
    machine_id=''
  else
    machine_id=$(cat "$STATE/machine-id")
  fi
}

overlay_etc() {
  changes=/run/ashlar/etc
  mkdir -m 0700 "$changes"
  mount -t tmpfs -o nosuid,nodev,mode=0700,size=10% ashlar-etc "$changes"
  mkdir -m 0755 "$changes/upper" "$changes/work"
  [ -z "$machine_id" ] || echo "$machine_id" >"$changes/upper/machine-id"
  mount -t overlay -o "nosuid,nodev,lowerdir=$ROOT/etc,upperdir=$changes/upper,workdir=$changes/work" etc "$ROOT/etc" ||
    fail 'the overlay of /etc could not be mounted'
}

hand_over() {
  for place in dev proc sys run; do mount -o move "/$place" "$ROOT/$place"; done
  exec switch_root "$ROOT" /usr/lib/systemd/systemd
}

trap 'fail "the boot image ended unexpectedly"' EXIT
main
