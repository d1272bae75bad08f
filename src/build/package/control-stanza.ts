/** The fields of a Debian control stanza (Debian Policy §5.1) by their names in lower case; of a folded field all lines. */
export type ControlStanza = ReadonlyMap<string, string>;

/** Parses the stanzas of a control file, such as dpkg's status file. What is not of the form of a field is passed over. */
export function parseControl(text: string): ControlStanza[] {
  const stanzas: ControlStanza[] = [];
  let fields = new Map<string, string>();
  let last = '';
  for (const line of `${text}\n\n`.split('\n')) {
    if (line.trim() === '') {
      if (fields.size > 0) stanzas.push(fields);
      fields = new Map();
      last = '';
      continue;
    }
    if (line.startsWith('#')) continue;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last !== '') fields.set(last, `${fields.get(last)}\n${line}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = line.slice(0, colon).toLowerCase();
    fields.set(last, line.slice(colon + 1).trim());
  }
  return stanzas;
}
