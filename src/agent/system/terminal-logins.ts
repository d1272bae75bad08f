import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../files/read-start.ts';

/** Somebody who is logged in. */
export interface Login {
  readonly user: string;
  /** `tty1`, `pts/0`, or empty. */
  readonly terminal: string;
}

/** Of processes that nobody's login has led to: all bits set, `(uid_t) -1` (Linux, `audit_get_loginuid`). */
const NOBODY = '4294967295';
/** Unix 98 terminals: eight majors of 256 each (Linux, Documentation/admin-guide/devices.txt). */
const PTS_MAJORS = { first: 136, last: 143, minors: 256 } as const;
/** Files of a process have a line, and there may be hundreds of processes. */
const LINE_BYTES = 1024;

/** Where the kernel and the accounts are, for a test somewhere else. */
export interface LoginPlaces {
  readonly proc: string;
  readonly charDevices: string;
  readonly accounts: string;
}

const PLACES: LoginPlaces = { proc: '/proc', charDevices: '/sys/dev/char', accounts: '/etc/passwd' };

/**
 * Who sits at a terminal, by what the kernel knows: PAM gives each login, at the console or by SSH, a user and a session that all of its processes inherit
 * (pam_loginuid(8), proc(5)). That is there on a system without libpam-systemd as well, on which logind hears of nobody. A process that has no terminal
 * any more is left over, and not a person.
 */
export function terminalLogins({ proc, charDevices, accounts }: LoginPlaces = PLACES): Login[] {
  const sessions = new Map<string, Login>();
  for (const process of readdirSync(proc).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): string => readText(join(proc, process, file), LINE_BYTES) ?? '';
    const user = read('loginuid');
    if (user === '' || user === NOBODY) continue;
    const terminal = terminalOf(read('stat'), charDevices);
    if (terminal !== undefined) sessions.set(read('sessionid'), { user: nameOf(user, accounts), terminal });
  }
  return [...sessions.values()].sort((a, b) => (a.terminal < b.terminal ? -1 : 1));
}

/** The terminal of a process by its line in `stat`: behind the name in brackets, which may have any character, come state, parent, group, session and terminal. */
function terminalOf(stat: string, charDevices: string): string | undefined {
  const number = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4]);
  if (!Number.isSafeInteger(number) || number === 0) return undefined;
  // Linux, new_encode_dev: bits 31 to 20 and 7 to 0 are the minor number, those between the major.
  const major = (number >>> 8) & 0xfff;
  const minor = ((number >>> 12) & 0xfff00) | (number & 0xff);
  const { first, last, minors } = PTS_MAJORS;
  if (major >= first && major <= last) return `pts/${(major - first) * minors + minor}`;
  const named = readText(join(charDevices, `${major}:${minor}`, 'uevent')) ?? '';
  return /^DEVNAME=(.+)$/m.exec(named)?.[1] ?? `${major}:${minor}`;
}

function nameOf(user: string, accounts: string): string {
  const line = (readText(accounts) ?? '').split('\n').find((account) => account.split(':')[2] === user);
  return line?.split(':')[0] ?? `user ${user}`;
}
