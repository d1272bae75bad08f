import { randomBytes } from 'node:crypto';
import { AshlarError } from '../model/error.ts';
import type { SerialConsole } from './serial-console.ts';

/** What a command in the guest came to. Both outputs are one stream, as on a terminal. */
export interface GuestOutput {
  readonly status: number;
  readonly output: string;
}

/** A root shell on a serial console, for tests: commands in, exit status and exact output back. */
export interface GuestShell {
  /**
   * Runs `command` with the guest's `/bin/sh` and waits for its end.
   *
   * @param seconds how long, 60 when absent.
   * @throws AshlarError `guest-silent` when it does not end in time.
   */
  exec(command: string, seconds?: number): Promise<GuestOutput>;
  /** The output, without its last line feed, of a command that must succeed. Throws `guest-command-failed` when it does not. */
  read(command: string, seconds?: number): Promise<string>;
  /** Waits until `condition`, a command, succeeds; it is tried every five seconds. Throws `guest-command-failed` when it never did within `seconds`. */
  until(condition: string, seconds: number): Promise<void>;
}

const COMMAND_SECONDS = 60;

/** An emulated guest that is asked all the time has no processor left for what is waited for. */
const LOOK_SECONDS = 5;

/** A prompt that has not come by then is asked for once more. */
const ASK_AGAIN_SECONDS = 10;

/** A terminal in canonical mode takes lines of up to 4,095 bytes (termios(3)); a busy guest may lose some of a long burst. */
const TYPED_AT_ONCE = 512;

/** A shell's prompt, and after it nothing, or a message of the kernel that came at the wrong moment. */
const PROMPT = /[#$] (?=$|\[ *\d)/;

/** How often output that other messages on the console have cut up is asked for again. */
const READINGS = 4;

/**
 * Takes over the shell that waits at the guest's console (an autologin). The console is shared with the kernel and with systemd,
 * who write into the middle of anything, so nothing is trusted that is not marked: commands go in as base64, and output comes back
 * as marked lines of base64 with a count, read again when a line was damaged.
 *
 * @param seconds how long to wait for the shell.
 */
export async function guestShell(serial: SerialConsole, seconds: number): Promise<GuestShell> {
  const mark = randomBytes(6).toString('hex');
  const marked = new RegExp(`${mark}:(\\w+):([^\\s:]*):`);
  /** What the guest says marked with `kind`. */
  const hear = async (kind: string, within: number): Promise<string> => {
    const found = await serial.expect(new RegExp(`${mark}:${kind}:([^\\s:]*):`), within);
    return found[1]!;
  };

  // What is typed is echoed until stty has run: the halves of the mark must not be joined in it.
  const greeting = `stty -echo; PS1=; PS2=; dmesg -n 1 2>/dev/null; f=$(mktemp); m=${mark.slice(0, 6)}''${mark.slice(6)}; printf '\\n%s:shell:ready:\\n' "$m"\n`;
  await prompted(serial, seconds);
  serial.send(greeting);
  await hear('shell', seconds);

  const type = async (command: string): Promise<void> => {
    const encoded = Buffer.from(command).toString('base64');
    serial.send('c=\n');
    for (let at = 0; at < encoded.length; at += TYPED_AT_ONCE) {
      const piece = encoded.slice(at, at + TYPED_AT_ONCE);
      serial.send(`c=\${c}${piece}; printf '\\n%s:typed:%s:\\n' "$m" "\${#c}"\n`);
      const typed = Number(await hear('typed', COMMAND_SECONDS));
      if (typed !== at + piece.length) {
        throw new AshlarError('guest-silent', `Of '${command}' the guest's console lost characters.`, {
          hint: 'Something in the guest reads from the console as well.',
        });
      }
    }
  };

  const collect = async (count: number): Promise<string | undefined> => {
    const pieces: string[] = [];
    serial.send(`base64 -w ${TYPED_AT_ONCE} "$f" | sed "s/.*/$m:piece:&:/"; printf '\\n%s:all:pieces:\\n' "$m"\n`);
    for (;;) {
      const [, kind, value] = await serial.expect(marked, COMMAND_SECONDS);
      if (kind === 'piece') pieces.push(value!);
      if (kind === 'all') break;
    }
    const bytes = Buffer.from(pieces.join(''), 'base64');
    return bytes.length === count ? bytes.toString('utf8') : undefined;
  };

  const exec: GuestShell['exec'] = async (command, within = COMMAND_SECONDS) => {
    await type(command);
    const run = `sh -c "$(printf %s "$c" | base64 -d)" </dev/null >"$f" 2>&1`;
    serial.send(`${run}; printf '\\n%s:status:%s,%s:\\n' "$m" $? "$(wc -c <"$f")"\n`);
    const [status, count] = (await hear('status', within)).split(',').map(Number);
    if (count === 0) return { status: status!, output: '' };
    for (let reading = 0; reading < READINGS; reading += 1) {
      const output = await collect(count!);
      if (output !== undefined) return { status: status!, output };
    }
    throw new AshlarError('guest-silent', `The output of '${command}' was damaged ${READINGS} times on the console.`, {
      hint: 'Something in the guest writes to the console all the time.',
    });
  };

  const read: GuestShell['read'] = async (command, within) => {
    const { status, output } = await exec(command, within);
    if (status === 0) return output.replace(/\n$/, '');
    throw new AshlarError('guest-command-failed', `In the guest '${command}' ended with ${status}:\n${output}`, {
      hint: 'The serial log may say more.',
    });
  };

  const until: GuestShell['until'] = async (condition, within) => {
    const loop = `until ${condition}; do sleep ${LOOK_SECONDS}; done`;
    await read(`timeout ${within} sh -c '${loop.replaceAll("'", `'\\''`)}'`, within + COMMAND_SECONDS);
  };

  return { exec, read, until };
}

/**
 * Waits for a prompt. It may have come before what was waited for last, so that it is asked for with an empty line; and again, as what is typed before the
 * login is lost.
 */
async function prompted(serial: SerialConsole, seconds: number): Promise<void> {
  for (let left = seconds; ; left -= ASK_AGAIN_SECONDS) {
    serial.send('\n');
    try {
      await serial.expect(PROMPT, Math.min(left, ASK_AGAIN_SECONDS));
      return;
    } catch (error) {
      const isSilent = error instanceof AshlarError && error.code === 'guest-silent';
      if (!isSilent || left <= ASK_AGAIN_SECONDS) throw error;
    }
  }
}
