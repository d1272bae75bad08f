import type { LeaveOutRule, SystemFacts } from './leave-out-rule.ts';

const keepsDocumentation = ({ definition }: SystemFacts): boolean => definition.keep.documentation;
const keepsPackageManager = ({ definition }: SystemFacts): boolean => definition.keep.packageManager;
const hasPackage =
  (...names: readonly string[]) =>
  ({ packages }: SystemFacts): boolean =>
    names.some((name) => packages.has(name));
const hasConsoleLogin = ({ definition }: SystemFacts): boolean => definition.console.login !== 'none';
const enables =
  (...units: readonly string[]) =>
  ({ definition }: SystemFacts): boolean =>
    units.some((unit) => definition.services.enable.includes(unit) || definition.units[unit] !== undefined);

/**
 * Everything that is left out of images by default, in one list. `keep` in a definition makes exceptions. A unit that a
 * definition enables or brings itself is never left out.
 */
export const LEAVE_OUT_RULES: readonly LeaveOutRule[] = [
  {
    name: 'documentation',
    reason:
      'Nobody reads manuals on a server. Copyright notices stay: licences ask that they travel with the programs.',
    paths: [
      'usr/share/{doc,doc-base,gtk-doc,help,info,man,linda,lintian,bug,reportbug,metainfo,appdata}',
      'usr/share/gnupg/help.*.txt',
      'usr/lib/systemd/catalog',
      'var/lib/systemd/catalog',
      'usr/share/perl/*/pod',
      'var/cache/man',
    ],
    except: ['usr/share/doc/*/copyright'],
    unless: keepsDocumentation,
  },
  {
    name: 'shell-completions',
    reason: 'They serve typing at a prompt, which is not how the system is administered.',
    paths: ['usr/share/{bash-completion,fish,zsh}', 'etc/bash_completion.d'],
    unless: keepsDocumentation,
  },
  {
    name: 'desktop',
    reason: 'Menus, icons and editor modes: there is no desktop.',
    paths: ['usr/share/{applications,pixmaps,icons,menu,emacs,vim,gdb,sounds,themes}', 'usr/share/polkit-1/locale'],
    unless: hasPackage('xserver-common', 'xwayland', 'libgtk-3-0t64', 'libgtk-4-1'),
  },
  {
    name: 'development',
    reason: 'Headers, static libraries and build descriptions: nothing is compiled on a device.',
    paths: [
      'usr/include',
      'usr/src',
      'usr/lib/**/*.{a,la}',
      'usr/{lib,share}/{cmake,pkgconfig,aclocal}',
      'usr/lib/*/{cmake,pkgconfig}',
    ],
    unless: hasPackage('gcc', 'libc6-dev', 'build-essential'),
  },
  {
    name: 'bytecode',
    reason: 'Compiled Python is not the same in two builds; the interpreter makes it in memory.',
    paths: ['usr/**/__pycache__', 'etc/**/__pycache__', 'opt/**/__pycache__'],
  },
  {
    name: 'package-manager',
    reason: 'Packages are installed when the image is built; in it they cannot be changed. The SBOM lists them.',
    packages: [
      'apt',
      'apt-utils',
      'libapt-pkg*',
      'dpkg',
      'debconf',
      'debconf-i18n',
      'cdebconf',
      'libdebconfclient0',
      'debian-archive-keyring',
      'init-system-helpers',
      'ucf',
      'usr-is-merged',
      'usrmerge',
      'runit-helper',
      'sgml-base',
      'xml-core',
    ],
    paths: [
      'etc/{apt,dpkg,debconf.conf,ucf.conf}',
      'usr/share/{debconf,debianutils,keyrings/debian-*}',
      'var/lib/{apt,aptitude,ucf,pam,shells.state}',
      'var/lib/systemd/deb-systemd-*',
      'var/cache/{apt,debconf}',
      'var/log/{apt,dpkg.log,alternatives.log,bootstrap.log,unattended-upgrades}',
      'usr/lib/{dpkg,apt}',
    ],
    unless: keepsPackageManager,
  },
  {
    name: 'package-database',
    reason: 'It describes what is in the image to a package manager that is not there. The SBOM says more.',
    paths: ['var/lib/dpkg'],
    unless: keepsPackageManager,
  },
  {
    name: 'account-tools',
    reason: 'Accounts are made when the image is built; what these write into /etc is forgotten at the next boot.',
    packages: ['adduser', 'base-passwd'],
    paths: [
      'usr/sbin/{user{add,del,mod},group{add,del,mod,mems},newusers,chpasswd,chgpasswd,{pw,grp}{ck,conv,unconv},vip{w,r},vigr}',
      'usr/sbin/{update-passwd,shadowconfig,cpgr,cppw,add-shell,remove-shell,update-shells}',
      'usr/bin/{passwd,chfn,chsh,chage,gpasswd,expiry}',
      'etc/{adduser.conf,deluser.conf,default/useradd}',
      'etc/pam.d/{chfn,chpasswd,chsh,newusers,passwd}',
      'var/cache/adduser',
    ],
    unless: keepsPackageManager,
  },
  {
    name: 'perl',
    reason: 'Debian needs it to install packages. It stays when a package that stays depends on it.',
    packages: ['perl', 'perl-base', 'perl-modules-*', 'libperl5*', 'lib*-perl', 'libgdbm*', 'libdb5.3t64'],
    paths: ['usr/share/{sgml,xml}/schema', 'etc/{sgml,xml,perl}', 'var/lib/{sgml-base,xml-core}'],
    unlessNeeded: true,
    unless: keepsPackageManager,
  },
  {
    name: 'locales',
    reason: 'Messages in languages that the definition did not choose.',
    paths: ['usr/share/{locale,locale-langpack,i18n}', 'usr/lib/locale/*'],
    except: ['usr/lib/locale/C.{utf8,UTF-8}', 'usr/share/locale/locale.alias'],
  },
  {
    name: 'time-zone-variants',
    reason: 'Copies of the time zones that count leap seconds, or do not: no program asks for them.',
    paths: ['usr/share/zoneinfo/{right,posix}'],
  },
  {
    name: 'boot-files',
    reason: 'The kernel is in the boot image, and the initrd is made by Ashlar.',
    paths: [
      'boot/*',
      'vmlinuz*',
      'initrd.img*',
      'etc/{kernel,initramfs-tools,dracut.conf,dracut.conf.d}',
      'usr/{lib,share}/{initramfs-tools,dracut}',
      'usr/lib/kernel',
      'usr/bin/kernel-install',
      'usr/sbin/installkernel',
      'usr/lib/linux-image-*',
    ],
  },
  {
    name: 'module-text',
    reason: 'Input of depmod, and its indexes as text: modprobe reads the binary ones. No module is built on a device.',
    paths: [
      'usr/lib/modules/*/{build,source,vdso}',
      'usr/lib/modules/*/modules.{alias,symbols,dep,order,builtin,builtin.alias}',
    ],
  },
  {
    name: 'hardware-names',
    reason: 'Sources of the hardware database; the kernel for virtual machines knows none of the devices in it.',
    paths: ['usr/lib/udev/hwdb.d', 'etc/udev/hwdb.d'],
  },
  {
    name: 'hardware-database',
    reason: 'Names and quirks of keyboards, mice and USB devices: a virtual machine has none of them.',
    paths: ['usr/lib/udev/hwdb.bin', 'etc/udev/hwdb.bin'],
    unless: ({ definition }) => definition.kernel !== 'cloud',
  },
  {
    name: 'desk-devices',
    reason:
      'Rules of udev for sound, cameras, joysticks, tapes and the like; each rule is weighed for every device at boot.',
    paths: [
      'usr/lib/udev/rules.d/{60-cdrom_id,60-persistent-alsa,60-persistent-v4l,60-persistent-storage-tape,60-persistent-storage-mtd,60-sensor}.rules',
      'usr/lib/udev/rules.d/{60-autosuspend,60-infiniband,70-camera,70-joystick,70-memory,70-mouse,70-touchpad,75-probe_mtd,78-sound-card,70-printers,90-iocost}.rules',
      'usr/lib/udev/{cdrom_id,v4l_id,mtd_probe,dmi_memory_id,iocost}',
    ],
  },
  {
    name: 'sysv-init',
    reason: 'Start scripts of another init system, and the generator that would start them unasked.',
    paths: [
      'etc/{init.d,rc?.d,rc.local,inittab,sv,runit,ufw,insserv*}',
      'usr/lib/init',
      'usr/share/runit',
      'var/log/runit',
      'usr/lib/systemd/system-generators/systemd-{sysv,rc-local}-generator',
      'usr/lib/systemd/systemd-{initctl,sysv-install}',
    ],
    units: [
      'rc-local.service',
      'systemd-initctl.*',
      'runlevel?.target',
      '{procps,kmod,udev,hwclock,x11-common,cryptdisks*}.service',
    ],
  },
  {
    name: 'package-upkeep',
    reason: 'Timers that keep package lists, databases and manuals fresh: there is nothing to keep fresh.',
    paths: [
      'etc/cron.*/{apt*,dpkg,man-db,e2scrub_all,debsums}',
      'etc/e2scrub.conf',
      'usr/sbin/e2scrub*',
      'usr/lib/*/e2fsprogs',
    ],
    units: ['apt-daily*', 'dpkg-db-backup.*', 'man-db.*', 'e2scrub*', 'unattended-upgrades.service'],
  },
  {
    name: 'cron',
    reason: 'No cron is installed that would read them.',
    paths: ['etc/cron.*', 'etc/crontab', 'var/spool/cron'],
    unless: hasPackage('cron', 'cronie', 'systemd-cron', 'bcron', 'anacron', 'busybox-crond'),
  },
  {
    name: 'logrotate',
    reason: 'No logrotate is installed that would read them.',
    paths: ['etc/logrotate.d', 'etc/logcheck'],
    unless: hasPackage('logrotate'),
  },
  {
    name: 'built-at-build-time',
    reason:
      'What these do at the first boot or after an update (accounts, presets, caches, machine id) is done by the build or the initrd.',
    units: [
      'systemd-{firstboot,sysusers,hwdb-update,journal-catalog-update,update-done,machine-id-commit,repart}.service',
      'ldconfig.service',
    ],
    paths: ['usr/bin/systemd-firstboot', 'usr/lib/systemd/systemd-update-done', 'usr/lib/sysusers.d', 'etc/sysusers.d'],
  },
  {
    name: 'initrd-units',
    reason: 'They run in an initrd that has systemd in it; Ashlar’s has not.',
    units: [
      'initrd*',
      'systemd-{fsck-root,growfs-root,volatile-root,bsod,battery-check,remount-fs,pcrphase-initrd,storagetm}.service',
      'systemd-hibernate-{resume,clear}.service',
      'systemd-{quotacheck,pcrfs}-root.service',
      'quotaon-root.service',
      'storage-target-mode.target',
    ],
    paths: ['usr/lib/systemd/systemd-{volatile-root,bsod,battery-check,storagetm,hibernate-resume}'],
    unless: enables('systemd-remount-fs.service'),
  },
  {
    name: 'offline-updates',
    reason: 'Updates replace the image as a whole.',
    units: ['system-update*'],
    paths: ['usr/lib/systemd/system-generators/systemd-system-update-generator'],
  },
  {
    name: 'generators',
    reason:
      'They would mount, start or open what is not in the definition: partitions by their type, a shell or a command from the kernel command line, a login on any console, SSH on any virtual socket.',
    paths: [
      'usr/lib/systemd/system-generators/systemd-{gpt-auto,debug,run,getty,ssh,hibernate-resume}-generator',
      'usr/lib/tmpfiles.d/20-systemd-ssh-generator.conf',
      'usr/lib/systemd/user-generators/systemd-xdg-autostart-generator',
    ],
  },
  {
    name: 'fstab',
    reason: 'Everything that is mounted has a unit, or was mounted by the initrd.',
    paths: ['usr/lib/systemd/system-generators/systemd-fstab-generator', 'etc/fstab'],
    unless: ({ definition }) => definition.files['/etc/fstab'] !== undefined,
  },
  {
    name: 'provisioning',
    reason:
      'Keys, hosts, networks and greetings that the host of a virtual machine hands in: only the definition says who may log in.',
    units: ['systemd-network-generator.service', 'systemd-udev-load-credentials.service'],
    paths: ['usr/lib/tmpfiles.d/{provision,home,x11}.conf', 'usr/lib/systemd/systemd-network-generator'],
  },
  {
    name: 'test-programs',
    reason: 'Packages ship them to test themselves.',
    paths: [
      'usr/libexec/podman/podman-testing',
      'usr/lib/podman/netavark-dhcp-proxy-client',
      'usr/{lib,libexec,share}/**/installed-tests',
    ],
  },
  {
    name: 'debug-shell',
    reason: 'A root shell that asks for nothing.',
    units: ['debug-shell.service'],
  },
  {
    name: 'sleep',
    reason: 'A server does not sleep, and the image has no place to hibernate to.',
    units: ['systemd-{suspend,hibernate,hybrid-sleep,suspend-then-hibernate}.service'],
    paths: [
      'usr/lib/systemd/systemd-sleep',
      'usr/lib/systemd/system-sleep',
      'etc/systemd/sleep.conf',
      'usr/lib/systemd/sleep.conf',
    ],
  },
  {
    name: 'logins',
    reason: 'Login prompts start only where the definition wants one.',
    units: ['getty-static.service', 'console-getty.service', 'container-getty@.service', 'autovt@.service'],
  },
  {
    name: 'radio-and-backlight',
    reason: 'A server has no radio switch and no screen to dim.',
    units: ['systemd-rfkill.*', 'systemd-backlight@.service'],
    paths: ['usr/lib/systemd/systemd-{rfkill,backlight}'],
  },
  {
    name: 'quota',
    reason: 'No quota tools are installed.',
    units: ['systemd-quotacheck@.service', 'quotaon@.service'],
    paths: ['usr/lib/systemd/systemd-quotacheck'],
    unless: hasPackage('quota'),
  },
  {
    name: 'binary-formats',
    reason: 'No foreign binary format is registered.',
    units: ['systemd-binfmt.service', 'proc-sys-fs-binfmt_misc.*'],
    paths: ['usr/lib/systemd/systemd-binfmt'],
    unless: ({ definition, packages }) =>
      packages.has('binfmt-support') ||
      packages.has('qemu-user-binfmt') ||
      packages.has('qemu-user-static') ||
      Object.keys(definition.files).some((path) => path.includes('/binfmt.d/')),
  },
  {
    name: 'measured-boot',
    reason: 'They talk to a TPM through libtss2, which is not installed.',
    units: ['systemd-pcr*', 'systemd-tpm2-*', 'tpm2.target'],
    paths: [
      'usr/lib/systemd/systemd-{pcr*,tpm2-setup,pcrlock}',
      'usr/lib/pcrlock.d',
      'usr/lib/systemd/system-generators/systemd-tpm2-generator',
    ],
    unless: hasPackage('libtss2-esys-3.0.2-0t64', 'libtss2-esys-3.0.2-0'),
  },
  {
    name: 'backups',
    reason: 'Copies that package scripts made, and lock files.',
    paths: [
      'etc/{passwd,group,shadow,gshadow,subuid,subgid}-',
      'etc/.pwd.lock',
      'etc/.*.bak',
      'etc/**/*.{dpkg-old,dpkg-dist,dpkg-new,dpkg-tmp,ucf-old,ucf-dist}',
      'var/backups/*',
      'usr/**/*.dpkg-new',
    ],
  },
  {
    name: 'caches',
    reason: 'They are made again where they are used.',
    paths: ['var/cache/{ldconfig,fontconfig,apparmor}/*', 'var/tmp/*', 'tmp/*', 'run/*', 'dev/*', 'proc/*', 'sys/*'],
  },
  {
    name: 'device-identity',
    reason: 'Each device makes its own; one that is in an image is everybody’s.',
    paths: [
      'etc/ssh/ssh_host_*',
      'etc/machine-id',
      'var/lib/dbus/machine-id',
      'var/lib/systemd/{random-seed,credential.secret}',
    ],
  },
  {
    name: 'ssh-key-units',
    reason: 'Debian makes host keys in /etc, which is forgotten at each boot; Ashlar’s unit makes them in /var.',
    units: ['sshd-keygen.service', 'ssh-keygen.service'],
  },
  {
    name: 'login-records',
    reason: 'The device makes them (tmpfiles.d).',
    paths: ['var/log/{lastlog,wtmp,btmp,faillog,README}'],
  },
  {
    name: 'emergency-shells',
    reason: 'Root has no password, so these would wait for ever; Ashlar restarts the machine instead.',
    units: ['emergency.service', 'rescue.*', 'rescue-ssh.target'],
    unless: hasConsoleLogin,
  },
];
