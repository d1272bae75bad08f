import { alternatives, type JsonSchema } from './json-schema.ts';

const INTRODUCTION = `# Reference of the definition

Every key of a definition, in TypeScript, YAML and JSON alike. [The definition](definition.md) explains how they work together;
[definition.schema.json](schema/definition.schema.json) is the same for editors. This page is generated from the schema.
`;

/** The reference: a section for each key at the top, a table of what is in it. */
export function definitionReference(schema: JsonSchema): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, child]) => {
    const required = schema.required?.includes(key) ? ' Required.' : '';
    const rows = rowsOf(child, '');
    const table = rows.length === 0 ? '' : `\n| key | value | |\n|---|---|---|\n${rows.join('\n')}\n`;
    return `## \`${key}\`\n\n${child.description ?? ''}${required}\n\nValue: ${typeWords(child)}.\n${table}`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

/** A row for each key below `schema`; `<name>` and `[]` stand for the keys of a map and the entries of a list. */
function rowsOf(schema: JsonSchema, prefix: string): string[] {
  return alternatives(schema).flatMap((option) => {
    const [kind] = Object.values(option.properties ?? {}).flatMap((child) =>
      child.const === undefined ? [] : [String(child.const)],
    );
    const start = kind === undefined ? prefix : `${prefix}(${kind}) `;
    const properties = Object.entries(option.properties ?? {}).flatMap(([key, child]) => {
      const path = start === '' || start.endsWith(' ') ? `${start}${key}` : `${start}.${key}`;
      const required = option.required?.includes(key) ? ' Required.' : '';
      const row = `| \`${path}\` | ${typeWords(child)} | ${cell(child.description ?? '')}${required} |`;
      return [row, ...rowsOf(child, path)];
    });
    const entries =
      typeof option.additionalProperties === 'object'
        ? rowsOf(option.additionalProperties, prefix === '' ? '<name>' : `${prefix}.<name>`)
        : [];
    const items = option.items === undefined ? [] : rowsOf(option.items, `${prefix}[]`);
    return [...properties, ...entries, ...items];
  });
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
};

function typeWords(schema: JsonSchema): string {
  const words = alternatives(schema).map((option) => {
    if (option.const !== undefined) return `\`${String(option.const)}\``;
    if (option.enum !== undefined) return option.enum.map((value) => `\`${String(value)}\``).join(', ');
    if (option.items !== undefined) return `list of ${typeWords(option.items)}`;
    if (typeof option.additionalProperties === 'object') return `map of ${typeWords(option.additionalProperties)}`;
    if (option.properties !== undefined) return 'keys as below';
    const types = typeof option.type === 'string' ? [option.type] : (option.type ?? []);
    return types.map((type) => TYPE_WORDS[type] ?? type).join(' or ');
  });
  return [...new Set(words)].join(', or ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
