/** One assignment of a unit file, in the order of the file. */
export interface UnitSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The settings of a unit file or drop-in (systemd.syntax(7)): comments left out, continued lines joined by a space. Lines that
 * systemd would complain of and ignore are ignored.
 */
export function parseUnitFile(text: string): UnitSetting[] {
  const settings: UnitSetting[] = [];
  let section = '';
  let continued: string | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (/^[#;]/.test(line) || (line === '' && continued === undefined)) continue;
    const whole: string = continued === undefined ? line : `${continued} ${line}`;
    if (whole.endsWith('\\')) {
      continued = whole.slice(0, -1);
      continue;
    }
    continued = undefined;
    const [, header] = /^\[([^\]]*)\]$/.exec(whole) ?? [];
    if (header !== undefined) {
      section = header;
      continue;
    }
    const equals = whole.indexOf('=');
    if (equals > 0) {
      settings.push({ section, key: whole.slice(0, equals).trim(), value: whole.slice(equals + 1).trim() });
    }
  }
  return settings;
}

/** The words of a setting that is a list of names; an empty assignment forgets what came before, as systemd reads it. */
export function listSetting(settings: readonly UnitSetting[], section: string, ...keys: string[]): string[] {
  let words: string[] = [];
  for (const setting of settings) {
    if (setting.section !== section || !keys.includes(setting.key)) continue;
    words = setting.value === '' ? [] : [...words, ...setting.value.split(/\s+/).map(unquoted)];
  }
  return [...new Set(words)];
}

/** The last value of a setting that is given once; undefined when it is absent or empty. */
export function lastSetting(settings: readonly UnitSetting[], section: string, key: string): string | undefined {
  const value = settings.findLast((setting) => setting.section === section && setting.key === key)?.value;
  return value === '' ? undefined : value;
}

function unquoted(word: string): string {
  return /^(["']).*\1$/.test(word) ? word.slice(1, -1) : word;
}
