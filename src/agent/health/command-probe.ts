import type { RunOnDevice } from '../system/run-on-device.ts';
import { MAX_OUTPUT_BYTES, type Probe, printable } from './check-result.ts';

/**
 * Whether the program ends with status 0. It runs as a unit of its own (`systemd-run --wait`), outside of the agent's sandbox and memory
 * limit, and systemd ends it should the agent not.
 */
export function commandProbe(command: readonly string[], timeoutMilliseconds: number, run: RunOnDevice): Probe {
  const [program = '', ...words] = command;
  const limit = `--property=RuntimeMaxSec=${timeoutMilliseconds}ms`;
  const argv = [...TRANSIENT, limit, '--', program, ...words.map(literal)];
  return async (signal) => {
    try {
      const { status, stdout, stderr } = await run(argv, { signal, keepBytes: MAX_OUTPUT_BYTES });
      const said = printable(`${stdout}${stderr}`);
      return {
        passed: status === 0,
        output: status === 0 ? said : `status ${status}${said === '' ? '' : `: ${said}`}`,
      };
    } catch (error) {
      return { passed: false, output: printable(`${command[0]}: ${(error as Error).message}`) };
    }
  };
}

/** What does not end when it is told to is killed, with all that it started, before the next try: none may pile up. */
const TRANSIENT = [
  'systemd-run',
  '--quiet',
  '--wait',
  '--pipe',
  '--collect',
  '--service-type=exec',
  '--property=TimeoutStopSec=1s',
];

/** systemd puts variables of its own in for `$NAME` in the words of a command (systemd.service(5), “Command lines”); `$$` is the sign itself. */
function literal(word: string): string {
  return word.replaceAll('$', '$$$$');
}
