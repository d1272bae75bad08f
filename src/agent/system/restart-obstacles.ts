import type { RunOnDevice } from './run-on-device.ts';
import { type Login, terminalLogins } from './terminal-logins.ts';

/** Who would not like a restart now: programs that hold an inhibitor lock, and people who are logged in. */
export interface RestartObstacles {
  /** `package manager: unattended upgrade`. */
  readonly inhibitors: readonly string[];
  readonly logins: readonly Login[];
}

const LOGIND = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'] as const;

/** Asks logind, and, when that knows of nobody (it hears of logins by way of libpam-systemd alone), the kernel. */
export async function restartObstacles(
  run: RunOnDevice,
  atTerminals: () => readonly Login[] = terminalLogins,
): Promise<RestartObstacles> {
  const [locks, sessions] = await Promise.all([
    output(run, ['busctl', '--json=short', 'call', ...LOGIND, 'ListInhibitors']),
    output(run, ['loginctl', 'list-sessions', '--output=json']),
  ]);
  const known = personsLoggedIn(sessions);
  return { inhibitors: blockingInhibitors(locks), logins: known.length > 0 ? known : atTerminals() };
}

/** The locks that forbid a shutdown, of what busctl prints: signature `a(ssssuu)`, what, who, why, mode, user, process. */
export function blockingInhibitors(text: string): string[] {
  const rows: unknown = (parse(text) as { data?: unknown[] } | undefined)?.data?.[0];
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    if (!Array.isArray(row)) return [];
    const [what, who, why, mode] = row.map(String);
    // Since systemd 257 there is `block-weak`, which does not bind root.
    return mode === 'block' && what?.split(':').includes('shutdown') ? [`${who}: ${why}`] : [];
  });
}

/** The people among the sessions that loginctl prints; `manager`, `greeter` and `background` are the system's own. */
export function personsLoggedIn(text: string): Login[] {
  const rows = parse(text);
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: { user?: unknown; class?: unknown; tty?: unknown } | null) => {
    const kind = row?.class ?? 'user';
    if (row === null || !String(kind).startsWith('user')) return [];
    return [{ user: String(row.user), terminal: String(row.tty ?? '') }];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function output(run: RunOnDevice, argv: readonly string[]): Promise<string> {
  const { status, stdout } = await run(argv).catch(() => ({ status: 1, stdout: '' }));
  return status === 0 ? stdout : '';
}
