import { AshlarError } from '../../model/error.ts';
import { runProgram } from '../../store/program/run-program.ts';

/** Settings of the host's apt that a private one keeps: how the network is reached, and whether this machine's clock can be trusted. */
const KEPT =
  /^Acquire::(?:(?:http|https|ftp)::(?:[^"]*::)?(?:Proxy|Proxy-Auto-Detect|CAInfo|CAPath|SslCert|SslKey|Verify-Peer|Verify-Host)|Check-Valid-Until|Check-Date|Max-ValidTime)(?:::[^"]*)? "/i;

/** Lines of apt.conf(5): those settings of the host's apt that concern reaching a mirror. */
export async function hostAptSettings(signal?: AbortSignal): Promise<string[]> {
  const { stdout, status } = await runProgram(['apt-config', 'dump'], { signal });
  return status === 0 ? keptSettings(stdout) : [];
}

/** Of what `apt-config dump` prints (a `Name "value";` a line), the lines to keep. */
export function keptSettings(dump: string): string[] {
  return dump.split('\n').filter((line) => KEPT.test(line) && line.endsWith('";'));
}

/** `text` as a value of apt.conf(5), which knows no escapes. Throws `path-unusable` for what it cannot hold. */
export function aptString(text: string): string {
  if (/["\n\\]/.test(text)) {
    throw new AshlarError('path-unusable', `apt cannot be told of the path ${JSON.stringify(text)}.`, {
      hint: 'Use a path without quotes, backslashes and line breaks: see TMPDIR.',
    });
  }
  return `"${text}"`;
}
