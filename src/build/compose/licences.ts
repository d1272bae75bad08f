import { parseControl } from '../package/control-stanza.ts';

/** A copyright file has some ten licences; what is far beyond is not one. */
const MAX_LICENCES = 500;
const MAX_NAME_CHARACTERS = 200;

/**
 * The short names of the licences in a machine-readable copyright file (DEP-5: the first line of each `License` field, taken
 * apart at "and", "or" and commas), sorted; none when the file is free text.
 */
export function licenceNames(copyright: string): string[] {
  const [header, ...stanzas] = parseControl(copyright);
  if (header?.has('format') !== true) return [];
  const names = new Set<string>();
  for (const stanza of [header, ...stanzas.filter((each) => each.has('files'))]) {
    const [expression = ''] = (stanza.get('license') ?? '').split('\n');
    for (const part of expression.split(/\s+(?:and|or|and\/or)\s+|,/i)) {
      const name = part.replace(/^\s*(?:and|or)\s+/i, '').trim();
      if (name !== '' && name.length <= MAX_NAME_CHARACTERS && names.size < MAX_LICENCES) names.add(name);
    }
  }
  return [...names].sort();
}
