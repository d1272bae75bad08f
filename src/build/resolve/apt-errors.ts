import { AshlarError } from '../../model/error.ts';
import type { ProgramOutput } from '../../store/program/run-program.ts';

/** What apt says, and what it means. The first that matches counts: causes before consequences. */
const UPDATE_FAILURES: readonly { readonly pattern: RegExp; readonly throws: (line: string) => AshlarError }[] = [
  {
    pattern: /is expired|is not valid yet|InRelease.* expired since/i,
    throws: (line) =>
      new AshlarError('index-expired', `The mirror serves an index outside its period of validity: ${line}`, {
        hint: "Someone may be holding updates back. Check this machine's clock, then use a mirror that is kept current (ASHLAR_MIRROR).",
      }),
  },
  {
    pattern:
      /NO_PUBKEY|is not signed|GPG error|signatures? (?:couldn't be verified|were invalid|is invalid)|BADSIG|EXPKEYSIG|REVKEYSIG|Clearsigned file isn't valid|sqv|OpenPGP/i,
    throws: (line) =>
      new AshlarError('index-unsigned', `The mirror's index is not signed by the distribution: ${line}`, {
        hint: 'Do not use this mirror. If the keys were renewed, update the package debian-archive-keyring.',
      }),
  },
  {
    pattern: /Hash Sum mismatch|File has unexpected size/i,
    throws: (line) =>
      new AshlarError('download-corrupt', `The mirror's index does not match its signed hashes: ${line}`, {
        hint: 'The mirror may be in the middle of an update: try again in some minutes, or use another (ASHLAR_MIRROR).',
      }),
  },
  {
    pattern: /does not have a Release file|404 +Not Found|File not found/i,
    throws: (line) =>
      new AshlarError('resolve-failed', `The mirror does not have a suite: ${line}`, {
        hint: "Check `base.suite` and `base.suites` of the definition, and that the mirror is one of the distribution's archive.",
      }),
  },
  {
    pattern: /No space left|Write error|write \(28/i,
    throws: (line) =>
      new AshlarError('disk-full', `No space is left for the package indexes: ${line}`, {
        hint: 'Free some space in the temporary directory, or set TMPDIR to a larger one.',
      }),
  },
  {
    pattern:
      /Could not (?:resolve|connect)|Cannot initiate|Connection (?:failed|timed out|refused)|Failed to fetch|Unable to connect|Temporary failure/i,
    throws: (line) =>
      new AshlarError('mirror-unreachable', `The package mirror cannot be reached: ${line}`, {
        hint: 'Check the network and the proxy settings of apt, or name another mirror with ASHLAR_MIRROR.',
      }),
  },
];

/** The error for an `apt-get update` or a download that failed. */
export function updateError(output: ProgramOutput): AshlarError {
  const lines = complaints(output);
  for (const { pattern, throws } of UPDATE_FAILURES) {
    const line = lines.find((each) => pattern.test(each));
    if (line !== undefined) return throws(withoutCredentials(line));
  }
  return resolveFailed(lines);
}

/** The error for packages that apt could not bring together, other than those that it does not know. */
export function installError(output: ProgramOutput, exclude: readonly string[]): AshlarError {
  const unmet = unmetDependencies(`${output.stdout}\n${output.stderr}`);
  if (unmet.length === 0) return resolveFailed(complaints(output));
  const excluded = exclude.filter((name) => unmet.some((line) => line.split(/[\s:,|]+/).includes(name)));
  return new AshlarError('unmet-dependency', `Packages do not fit together: ${unmet.join('; ')}.`, {
    hint:
      excluded.length > 0
        ? `The definition excludes ${excluded.join(', ')}: take it off \`exclude\`, or do without what needs it.`
        : 'Take one of them out of the definition, or add the suite that has what is missing to `base.suites`.',
  });
}

/** The lines below "The following packages have unmet dependencies:", each `name : Depends: other but …`. */
export function unmetDependencies(output: string): string[] {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => line.startsWith('The following packages have unmet dependencies'));
  if (start < 0) return [];
  const found: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith(' ')) break;
    const text = line.trim().replace(/\s+/g, ' ');
    // A further dependency of the package above is indented under its first one.
    const [first = ''] = found.slice(-1);
    found.push(/ : /.test(text) ? text : `${first.split(' : ')[0]} : ${text}`);
  }
  return found.map((line) => line.replace(' : ', ' ').replace(/^(\S+) (Pre)?Depends:/i, '$1 needs'));
}

function complaints({ stdout, stderr }: ProgramOutput): string[] {
  return `${stderr}\n${stdout}`
    .split('\n')
    .filter((line) => /^(?:E|W|Err)[: ]/.test(line) || /^ {2}/.test(line))
    .map((line) => line.replace(/^(?:E|W|Err):? ?/, '').trim());
}

function resolveFailed(lines: readonly string[]): AshlarError {
  return new AshlarError('resolve-failed', `apt could not resolve the packages: ${lines.slice(0, 3).join(' ')}`, {
    hint: 'Check the packages and suites of the definition.',
  });
}

/** A mirror's address may carry a password. */
function withoutCredentials(line: string): string {
  return line.replace(/\/\/[^/@\s]*@/g, '//');
}
