import type { Definition } from '../../../model/definition/definition.ts';
import { AshlarError } from '../../../model/error.ts';
import type { TreeEditor } from './tree-editor.ts';

/** The release that an image is of: what `IMAGE_ID` and `IMAGE_VERSION` say. */
export interface ReleaseIdentity {
  readonly id: string;
  readonly version: string;
}

type IdentityPart = Pick<Definition, 'hostname' | 'timeZone' | 'locale' | 'modules' | 'sysctl'>;

/**
 * Says what the system is and where: os-release(5), host name, time zone, locale, kernel modules and settings. Throws
 * `definition-invalid` when the time zone or the locale is not in the image.
 */
export function writeIdentity(tree: TreeEditor, definition: IdentityPart, release: ReleaseIdentity): void {
  tree.writeFile('/usr/lib/os-release', withImage(tree.text('/usr/lib/os-release') ?? 'ID=linux\n', release));
  tree.writeSymlink('/etc/os-release', '../usr/lib/os-release');
  // The initrd writes the real one into the overlay of /etc; until then systemd knows that there is none (machine-id(5)).
  tree.writeFile('/etc/machine-id', 'uninitialized\n', { mode: 0o444 });
  // Tells ConditionNeedsUpdate= that /etc fits /usr (systemd-update-done.service(8)): nothing is to be caught up with at boot.
  tree.writeFile('/etc/.updated', '');

  tree.writeFile('/etc/hostname', `${definition.hostname}\n`);
  tree.writeFile('/etc/hosts', hosts(definition.hostname));
  tree.writeFile('/etc/issue', '\\S{PRETTY_NAME}: \\S{IMAGE_ID} \\S{IMAGE_VERSION} on \\n (\\l)\n\n');
  tree.writeFile('/etc/motd', '');
  tree.writeSymlink('/etc/mtab', '../proc/self/mounts');
  writeTimeZone(tree, definition.timeZone);
  writeLocale(tree, definition.locale);

  if (definition.modules.length > 0) {
    tree.writeFile('/usr/lib/modules-load.d/50-ashlar.conf', lines(definition.modules));
  }
  const settings = Object.entries(definition.sysctl).map(([key, value]) => `${key} = ${value}`);
  if (settings.length > 0) tree.writeFile('/usr/lib/sysctl.d/95-ashlar.conf', lines(settings));
}

function withImage(text: string, { id, version }: ReleaseIdentity): string {
  const kept = text.split('\n').filter((line) => line !== '' && !/^IMAGE_(ID|VERSION)=/.test(line));
  return lines([...kept, `IMAGE_ID=${id}`, `IMAGE_VERSION=${version}`]);
}

/** The machine's own name leads to itself without a name server, as on any Debian (hosts(5)). */
function hosts(hostname: string): string {
  const [short = hostname] = hostname.split('.');
  return lines([
    '127.0.0.1 localhost',
    `127.0.1.1 ${short === hostname ? hostname : `${hostname} ${short}`}`,
    '::1 localhost ip6-localhost ip6-loopback',
    'ff02::1 ip6-allnodes',
    'ff02::2 ip6-allrouters',
  ]);
}

function writeTimeZone(tree: TreeEditor, timeZone: string): void {
  const zone = timeZone === 'UTC' ? 'Etc/UTC' : timeZone;
  // Without a file, UTC is what the C library takes.
  if (zone !== 'Etc/UTC' && tree.resolve(`/usr/share/zoneinfo/${zone}`)?.type !== 'file') {
    throw new AshlarError('definition-invalid', `The time zone ${timeZone} is not in the image`, {
      hint: 'Check its spelling, and add "tzdata" to packages (some old names are in "tzdata-legacy").',
    });
  }
  tree.writeSymlink('/etc/localtime', `../usr/share/zoneinfo/${zone}`);
  tree.writeFile('/etc/timezone', `${zone}\n`);
}

function writeLocale(tree: TreeEditor, locale: string): void {
  const folder = locale.replace(/\.UTF-8/, '.utf8');
  const there = folder === 'C.utf8' || tree.directory(`/usr/lib/locale/${folder}`) !== undefined;
  if (!there && tree.resolve('/usr/lib/locale/locale-archive') === undefined) {
    throw new AshlarError('definition-invalid', `The locale ${locale} is not in the image`, {
      hint: 'Add "locales-all" to packages, or use "C.UTF-8".',
    });
  }
  tree.writeFile('/etc/locale.conf', `LANG=${locale}\n`);
  tree.writeSymlink('/etc/default/locale', '../locale.conf');
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
