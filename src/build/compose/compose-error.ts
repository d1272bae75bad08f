import { AshlarError } from '../../model/error.ts';
import { diskFull } from '../../store/disk-full.ts';

/** The error for an installation that failed, from the last lines of what it said. */
export function composeError(lines: readonly string[], directory: string): AshlarError {
  if (lines.some((line) => /No space left on device|ENOSPC/.test(line))) return diskFull(directory);
  const failed = lines.find((line) => /^dpkg: error processing (?:package|archive) /.test(line));
  const culprit = /error processing (?:package|archive) (\S+)/.exec(failed ?? '')?.[1];
  if (culprit !== undefined) {
    const at = lines.indexOf(failed ?? '');
    const said = lines.slice(Math.max(0, at - 3), at + 2).join('\n  ');
    return new AshlarError('compose-failed', `dpkg could not install ${culprit}:\n  ${said}`, {
      hint: 'The package may need a device, the network or an answer while it is installed. Exclude it, or choose another one.',
    });
  }
  if (lines.some((line) => /unshare failed|newuidmap|newgidmap|uid_map|subuid|Operation not permitted/.test(line))) {
    return new AshlarError('compose-failed', `User namespaces cannot be used here: ${lines.at(-1) ?? ''}`, {
      hint: 'Install uidmap, give the user a range in /etc/subuid and /etc/subgid (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER), allow unprivileged user namespaces, or build as root.',
    });
  }
  const complaint = lines.filter((line) => /^(?:E:|dpkg: error|error:)/i.test(line)).slice(0, 3);
  return new AshlarError(
    'compose-failed',
    `mmdebstrap could not install the packages: ${(complaint.length > 0 ? complaint : lines.slice(-3)).join(' ')}`,
    {
      hint: 'Run `ashlar lock` to resolve the packages anew; if it stays so, report it with the lock.',
    },
  );
}
