// Generated from definition-schema.ts by `npm run docs`.

/** An Ashlar system. */
export interface DefinitionInput {
  /** Name of the system, the same for all its releases: `IMAGE_ID` in os-release, and the first half of partition labels and file names. Lower-case letters, digits and hyphens. */
  name: string;
  /** Version of this release: `IMAGE_VERSION` in os-release. Ordered by the UAPI version format: `1.5.0~rc1` comes before `1.5.0`, and `1.5.0-1` after it. `<name>_<version>` has at most 36 characters, the size of a partition label. */
  version: string;
  /** Architecture of the machines. Default: `amd64`. */
  architecture?: 'amd64' | 'arm64' | undefined;
  /** Distribution and suites that packages come from. No mirror: that is a matter of where a build runs. */
  base: {
    /** Distribution: `debian`. */
    distribution?: 'debian' | undefined;
    /** Release name of the distribution. */
    suite: string;
    /** Take the suite's security updates (`<suite>-security`) as well. Default: true. */
    security?: boolean | undefined;
    /** Further suites of the same archive, such as `trixie-backports`. */
    suites?:
      | {
          /** Name of the suite. */
          suite: string;
          /** Components of the archive to take packages from. Default: `main`. */
          components?: string[] | undefined;
        }[]
      | undefined;
    /** Components of the archive to take packages from. Default: `main`. */
    components?: string[] | undefined;
  };
  /** Kernel: `cloud` (drivers of virtual machines only: smaller, boots faster), `generic` (for hardware), or a package by name. Default: `cloud`. */
  kernel?:
    | 'cloud'
    | 'generic'
    | {
        /** Name of the kernel package. */
        package: string;
      }
    | undefined;
  /** Packages to install, with what they depend on (not what they recommend). */
  packages?: string[] | undefined;
  /** Packages that are never installed. When something needs one, making the lock fails and says what. */
  exclude?: string[] | undefined;
  /** Files by their path in the system; text is short for `{ content: … }`. What lies under `/var` (and so under `/home` and `/root`) is factory content: put there once, at first use. */
  files?:
    | {
        [key: string]:
          | string
          | {
              /** The text of the file. */
              content?: string | undefined;
              /** The bytes of the file in base64. */
              base64?: string | undefined;
              /** A file to copy, relative to the definition and inside its folder: `'./motd'`. */
              from?: string | undefined;
              /** A text file relative to the definition in which each `{{ name }}` is replaced by that entry of `values`. */
              template?: string | undefined;
              /** What the names in `template` stand for. */
              values?: { [key: string]: string | number | boolean } | undefined;
              /** Permission bits in octal, as text: `'0644'`. In TypeScript `0o644` will do. */
              mode?: string | number | undefined;
              /** User that owns it, by name or number. Default: `root`. */
              owner?: string | number | undefined;
              /** Group that owns it, by name or number. Default: `root`. */
              group?: string | number | undefined;
            };
      }
    | undefined;
  /** Directories by their path in the system. Parents are made as needed. */
  directories?:
    | {
        [key: string]: {
          /** Permission bits in octal, as text: `'0755'`. In TypeScript `0o755` will do. */
          mode?: string | number | undefined;
          /** User that owns it, by name or number. Default: `root`. */
          owner?: string | number | undefined;
          /** Group that owns it, by name or number. Default: `root`. */
          group?: string | number | undefined;
        };
      }
    | undefined;
  /** Symbolic links: path in the system to target. */
  symlinks?: { [key: string]: string } | undefined;
  /** systemd units by name (`hello.service`, `backup.timer`): as text, from a file, or as sections. Without content, the entry is about a package's unit: enable, mask, drop-ins. */
  units?:
    | {
        [key: string]:
          | string
          | {
              /** The text of the file. */
              content?: string | undefined;
              /** The bytes of the file in base64. */
              base64?: string | undefined;
              /** A file to copy, relative to the definition and inside its folder: `'./motd'`. */
              from?: string | undefined;
              /** A text file relative to the definition in which each `{{ name }}` is replaced by that entry of `values`. */
              template?: string | undefined;
              /** What the names in `template` stand for. */
              values?: { [key: string]: string | number | boolean } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Unit?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Service?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Socket?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Timer?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Path?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Mount?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Automount?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Swap?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Slice?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Settings of this section; a list repeats the setting, true and false become yes and no. */
              Install?: { [key: string]: string | number | boolean | (string | number | boolean)[] } | undefined;
              /** Start it at boot as its [Install] section says (true), or not (false). */
              enable?: boolean | undefined;
              /** Make it impossible to start. Default: false. */
              mask?: boolean | undefined;
              /** Drop-ins by file name: changes laid over the unit, also over a package's. Text, or as for units. */
              dropIns?:
                | {
                    [key: string]:
                      | string
                      | {
                          /** The text of the file. */
                          content?: string | undefined;
                          /** The bytes of the file in base64. */
                          base64?: string | undefined;
                          /** A file to copy, relative to the definition and inside its folder: `'./motd'`. */
                          from?: string | undefined;
                          /** A text file relative to the definition in which each `{{ name }}` is replaced by that entry of `values`. */
                          template?: string | undefined;
                          /** What the names in `template` stand for. */
                          values?: { [key: string]: string | number | boolean } | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Unit?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Service?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Socket?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Timer?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Path?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Mount?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Automount?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Swap?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Slice?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                          /** Settings of this section; a list repeats the setting, true and false become yes and no. */
                          Install?:
                            | { [key: string]: string | number | boolean | (string | number | boolean)[] }
                            | undefined;
                        };
                  }
                | undefined;
            };
      }
    | undefined;
  /** Which units of packages start at boot (systemd.preset(5)). What is not named here, and not needed by an immutable system, is not started: a package's own wish does not count. */
  services?:
    | {
        /** Units to start at boot. */
        enable?: string[] | undefined;
        /** Units not to start at boot. */
        disable?: string[] | undefined;
        /** Units that cannot be started at all. */
        mask?: string[] | undefined;
      }
    | undefined;
  /** Users by name; `root` may be named to give it a shell, keys or a password, all of which it lacks by default. */
  users?:
    | {
        [key: string]: {
          /** User id. Without it, one is chosen and pinned in the lock. */
          uid?: number | undefined;
          /** Primary group. Default: a group with the name of the user. */
          group?: string | undefined;
          /** Further groups that the user is in. */
          groups?: string[] | undefined;
          /** Full name or purpose (the GECOS field). */
          comment?: string | undefined;
          /** Login shell. Default: `/usr/sbin/nologin`, so no one can log in. */
          shell?: string | undefined;
          /** Home directory. Default: `/var/home/<name>`; for a system user `/var/lib/<name>`, which is not made. */
          home?: string | undefined;
          /** Hash of the password, crypt(5). Default: no password will do. */
          passwordHash?: string | undefined;
          /** Public keys that may log in as this user over SSH. */
          sshKeys?: string[] | undefined;
          /** A user for a service, with an id below 1000. Default: false. */
          system?: boolean | undefined;
        };
      }
    | undefined;
  /** Groups by name. */
  groups?:
    | {
        [key: string]: {
          /** Group id. Without it, one is chosen and pinned in the lock. */
          gid?: number | undefined;
          /** A group for a service, with an id below 1000. Default: false. */
          system?: boolean | undefined;
        };
      }
    | undefined;
  /** Arguments to add to the kernel's command line. */
  kernelArguments?: string[] | undefined;
  /** Kernel modules to load at boot. */
  modules?: string[] | undefined;
  /** Kernel settings (sysctl.d(5)): `net.ipv4.ip_forward`: 1. */
  sysctl?: { [key: string]: string | number | boolean } | undefined;
  /** Host name. Default: `name`. */
  hostname?: string | undefined;
  /** Time zone, `Area/City` as in the tz database. Default: `UTC`. */
  timeZone?: string | undefined;
  /** Locale. Any but the default, `C.UTF-8`, needs the package `locales-all`. */
  locale?: string | undefined;
  /** Consoles and logins on them. */
  console?:
    | {
        /** Show the boot on a serial port: its name, or true for the usual one (`ttyS0`; `ttyAMA0` on arm64). Default: false. */
        serial?: boolean | string | undefined;
        /** Login on the consoles (the serial port when there is one, else the screen): `none`, `prompt`, or `root-autologin`, which makes whoever reaches the console root: for trying things. Default: `none`. */
        login?: 'none' | 'prompt' | 'root-autologin' | undefined;
      }
    | undefined;
  /** Layout of the disk. It is frozen when a disk is installed, so leave head room. */
  disk?:
    | {
        /** EFI system partition: loader and boot images of the running release, the next one and the way back. A whole number and M, G or T (powers of 1024). Default `'512M'`. */
        esp?: string | undefined;
        /** How many root images fit on the disk side by side: the running one and the next. Default: 2. */
        slots?: number | undefined;
        /** Room for one root image; its hash tree has a partition of its own beside it. A whole number and M, G or T (powers of 1024). Default `'2G'`. */
        slotSize?: string | undefined;
        /** The partition for what lasts: `/var`, and with it `/home` and `/root`. */
        var?:
          | {
              /** Least size of `/var`. It takes what the disk has beyond the rest. A whole number and M, G or T (powers of 1024). Default `'1G'`. */
              minSize?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  /** How the root image is made. */
  image?:
    | {
        /** Compression of the root image: `none`, `lz4`, `zstd` or `zstd:<level>` (1 to 19). Default: `zstd:3`. */
        compression?: string | undefined;
        /** Salt of the dm-verity tree, 64 hexadecimal digits. The same for all releases of a system, or updates cannot be incremental. Default: derived from `name`. */
        salt?: string | undefined;
      }
    | undefined;
  /** What must hold after an update for a release to be kept, by name. Recorded in the manifest of the release. */
  healthChecks?:
    | {
        [key: string]:
          | {
              /** A unit is active and stays so. */
              kind: 'unit';
              /** Name of the unit. */
              unit: string;
              /** How long to wait between two tries. A whole number and ms, s, m or h. Default `'10s'`. */
              interval?: string | undefined;
              /** How long one try may take. A whole number and ms, s, m or h. Default `'5s'`. */
              timeout?: string | undefined;
              /** How many tries in a row must succeed for the check to hold. Default: 3. */
              successes?: number | undefined;
            }
          | {
              /** An HTTP request is answered. */
              kind: 'http';
              /** What to ask for. */
              url: string;
              /** Status that the answer must have. Default: 200. */
              status?: number | undefined;
              /** Text that the answer must contain. */
              contains?: string | undefined;
              /** How long to wait between two tries. A whole number and ms, s, m or h. Default `'10s'`. */
              interval?: string | undefined;
              /** How long one try may take. A whole number and ms, s, m or h. Default `'5s'`. */
              timeout?: string | undefined;
              /** How many tries in a row must succeed for the check to hold. Default: 3. */
              successes?: number | undefined;
            }
          | {
              /** A TCP port accepts connections. */
              kind: 'tcp';
              /** Name or address. Default: `127.0.0.1`. */
              host?: string | undefined;
              /** Port. */
              port: number;
              /** How long to wait between two tries. A whole number and ms, s, m or h. Default `'10s'`. */
              interval?: string | undefined;
              /** How long one try may take. A whole number and ms, s, m or h. Default `'5s'`. */
              timeout?: string | undefined;
              /** How many tries in a row must succeed for the check to hold. Default: 3. */
              successes?: number | undefined;
            }
          | {
              /** A command ends with status 0. */
              kind: 'command';
              /** Program, by its absolute path, and its arguments. There is no shell in between. */
              command: string[];
              /** How long to wait between two tries. A whole number and ms, s, m or h. Default `'10s'`. */
              interval?: string | undefined;
              /** How long one try may take. A whole number and ms, s, m or h. Default `'5s'`. */
              timeout?: string | undefined;
              /** How many tries in a row must succeed for the check to hold. Default: 3. */
              successes?: number | undefined;
            }
          | {
              /** A file exists. */
              kind: 'file';
              /** Path of the file. */
              path: string;
              /** Text that the file must contain. */
              contains?: string | undefined;
              /** How long to wait between two tries. A whole number and ms, s, m or h. Default `'10s'`. */
              interval?: string | undefined;
              /** How long one try may take. A whole number and ms, s, m or h. Default `'5s'`. */
              timeout?: string | undefined;
              /** How many tries in a row must succeed for the check to hold. Default: 3. */
              successes?: number | undefined;
            };
      }
    | undefined;
  /** Updates. With this key the system has the agent, which installs releases, tries them and goes back when they fail. Without it the system is what it is until its disk is written anew. */
  updates?:
    | {
        /** Where releases come from: URL of a repository, or an absolute path; of several, the next is asked when one cannot be reached. Without it the system updates only from what is given to it by hand (`ashlar update --from`). */
        repository?: string | string[] | undefined;
        /** Channel to follow. Default: `stable`. */
        channel?: string | undefined;
        /** The root of trust, relative to the definition: the `root.json` that `ashlar trust init` writes. What it does not vouch for is not installed. */
        trust: string;
        /** How often to look for a release. A whole number and ms, s, m or h. Default `'1h'`. */
        checkEvery?: string | undefined;
        /** Up to how much later than that, by chance: not all devices ask at once. A whole number and ms, s, m or h. Default `'10m'`. */
        jitter?: string | undefined;
        /** How often a new release may be started before the loader goes back. Default: 3. */
        tries?: number | undefined;
        /** The time in which a new release proves itself. */
        probation?:
          | {
              /** After the start, how long a health check may fail without counting. A whole number and ms, s, m or h. Default `'1m'`. */
              grace?: string | undefined;
              /** How long all health checks must then hold for the release to be kept. A whole number and ms, s, m or h. Default `'2m'`. */
              duration?: string | undefined;
              /** From the start: when the release is not kept by then, the device goes back. A whole number and ms, s, m or h. Default `'10m'`. */
              deadline?: string | undefined;
            }
          | undefined;
        /** Most to download, in bytes a second: a whole number and K, M or G (powers of 1024). Default: no limit. */
        bandwidth?: string | undefined;
        /** When the device may restart for an update. Default: at any time. */
        windows?:
          | {
              /** Days on which it opens: `mon` to `sun`. Default: every day. */
              days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
              /** When it opens, as a clock on the wall shows it. */
              start: string;
              /** How long it is open; it may reach into the next day. A whole number and ms, s, m or h. Default `'1h'`. */
              length?: string | undefined;
              /** Time zone of `start`. Default: the system's. */
              timeZone?: string | undefined;
            }[]
          | undefined;
        /** How long to put off a restart while somebody is logged in, or false. Default `'10m'`. */
        waitForLogins?: false | string | undefined;
      }
    | undefined;
  /** Containers that run under systemd (podman Quadlet), by name. */
  containers?:
    | {
        [key: string]: {
          /** Image with its registry. A tag is resolved to a digest in the lock. */
          image: string;
          /** Command and arguments in place of the image's. */
          command?: string[] | undefined;
          /** Environment variables. Not for secrets: they would be in the image. */
          environment?: { [key: string]: string } | undefined;
          /** Ports to publish: `8080:80`, `127.0.0.1:8080:80/udp`. */
          ports?: string[] | undefined;
          /** Named volumes or host paths: `data:/var/lib/data`, `/etc/app:/etc/app:ro`. */
          volumes?: string[] | undefined;
          /** Make the container's root read-only. Default: true. */
          readOnly?: boolean | undefined;
          /** User inside the container. Default: the image's. */
          user?: string | undefined;
        };
      }
    | undefined;
  /** System extensions (systemd-sysext(8)) that can be laid over `/usr`, by name. */
  extensions?:
    | {
        [key: string]: {
          /** Packages whose files under `/usr` make up the extension. */
          packages: string[];
        };
      }
    | undefined;
  /** What may be part of the attack surface though it is not by default. */
  surface?:
    | {
        /** Programs that keep their setuid or setgid bit. It is taken off all others. */
        setuid?: string[] | undefined;
      }
    | undefined;
  /** What is left out of images by default, and is to be kept. */
  keep?:
    | {
        /** Keep manuals and documentation. Default: false. */
        documentation?: boolean | undefined;
        /** Keep apt, dpkg and their databases. They can change nothing in the running system. Default: false. */
        packageManager?: boolean | undefined;
        /** Paths that are kept, with what is below them, whatever the rules say. */
        paths?: string[] | undefined;
      }
    | undefined;
}
