import { NO_SHELL } from '../../../model/definition/accounts.ts';
import { show } from '../../../model/definition/explain.ts';
import type { Check } from './check.ts';
import { writtenIndex } from './package-checks.ts';

/** Users and groups that every Debian system has (base-passwd). */
const BASE_USERS = new Set(
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody'.split(' '),
);
const BASE_GROUPS = new Set(
  'root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy tape sudo audio dip www-data backup operator list irc src shadow utmp video sasl plugdev staff games users nogroup'.split(
    ' ',
  ),
);
/** Groups that systemd brings. */
const SYSTEMD_GROUPS = new Set('systemd-journal input sgx clock kvm render crontab'.split(' '));

const PACKAGE_HINT = 'define it, or ignore this when a package brings it';

export const accountChecks: readonly Check[] = [
  {
    rule: 'id-twice',
    severity: 'error',
    run({ users, groups }, report) {
      const uids = new Map<number, string>();
      for (const [name, { uid }] of Object.entries(users)) {
        const first = uid === undefined ? undefined : uids.get(uid);
        if (first !== undefined)
          report(
            ['users', name, 'uid'],
            `${show(name)} has the user id of ${show(first)}, ${uid}`,
            'give each user its own',
          );
        else if (uid !== undefined) uids.set(uid, name);
      }
      const gids = new Map<number, string>();
      for (const [name, { gid }] of Object.entries(groups)) {
        const first = gid === undefined ? undefined : gids.get(gid);
        if (first !== undefined)
          report(
            ['groups', name, 'gid'],
            `${show(name)} has the group id of ${show(first)}, ${gid}`,
            'give each group its own',
          );
        else if (gid !== undefined) gids.set(gid, name);
      }
    },
  },
  {
    rule: 'account-unknown',
    severity: 'warning',
    run({ users, groups, files, directories }, report, written) {
      const knowsUser = (name: string | number): boolean =>
        typeof name === 'number' || name in users || BASE_USERS.has(name);
      // A user that names no primary group gets one of its own name.
      const knowsGroup = (name: string | number): boolean =>
        typeof name === 'number' ||
        name in groups ||
        name in users ||
        BASE_GROUPS.has(name) ||
        SYSTEMD_GROUPS.has(name);
      for (const [kind, entries] of [
        ['files', files],
        ['directories', directories],
      ] as const) {
        for (const [path, { owner, group }] of Object.entries(entries)) {
          if (!knowsUser(owner))
            report([kind, path, 'owner'], `there is no user ${show(owner)} in users`, PACKAGE_HINT);
          if (!knowsGroup(group))
            report([kind, path, 'group'], `there is no group ${show(group)} in groups`, PACKAGE_HINT);
        }
      }
      for (const [name, user] of Object.entries(users)) {
        for (const group of user.groups.filter((one) => !knowsGroup(one))) {
          report(
            ['users', name, 'groups', writtenIndex(written, ['users', name, 'groups'], group)],
            `there is no group ${show(group)} in groups`,
            PACKAGE_HINT,
          );
        }
      }
    },
  },
  {
    rule: 'login-not-possible',
    severity: 'warning',
    run({ users, packages }, report) {
      for (const [name, user] of Object.entries(users)) {
        if (user.sshKeys.length > 0 && user.shell === NO_SHELL) {
          report(
            ['users', name, 'sshKeys'],
            `${show(name)} has SSH keys but no shell, so the keys are of no use`,
            'add shell: "/bin/bash"',
            'key',
          );
        } else if (
          user.sshKeys.length > 0 &&
          !packages.some((one) => one === 'openssh-server' || one === 'dropbear-bin')
        ) {
          report(
            ['users', name, 'sshKeys'],
            `${show(name)} has SSH keys, but no SSH server is installed`,
            'add "openssh-server" to packages and enable ssh.service',
            'key',
          );
        } else if (user.passwordHash !== undefined && user.shell === NO_SHELL) {
          report(
            ['users', name, 'passwordHash'],
            `${show(name)} has a password but no shell`,
            'add shell: "/bin/bash"',
            'key',
          );
        }
      }
    },
  },
];
