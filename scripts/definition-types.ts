import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { alternatives, type JsonSchema } from './json-schema.ts';

/**
 * The TypeScript type of what a person writes, with the schema's descriptions as doc comments: a type inferred from the schema
 * has none, and the comments are what an editor shows while one writes a definition.
 */
export function definitionTypes(schema: JsonSchema): string {
  return formatted(
    `// Generated from definition-schema.ts by \`npm run docs\`.\n\n/** ${schema.description} */\nexport interface DefinitionInput ${typeText(schema, '')}\n`,
  );
}

function typeText(schema: JsonSchema, indent: string): string {
  const options = alternatives(schema);
  if (options.length > 1) return [...new Set(options.map((option) => typeText(option, indent)))].join(' | ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.properties !== undefined) return objectText(schema, indent);
  if (typeof schema.additionalProperties === 'object') {
    return `{ [key: string]: ${typeText(schema.additionalProperties, indent)} }`;
  }
  if (schema.items !== undefined) {
    const item = typeText(schema.items, indent);
    return /[ |]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.map((type) => (type === 'integer' ? 'number' : type)).join(' | ');
}

function objectText(schema: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const members = Object.entries(schema.properties ?? {}).map(([key, child]) => {
    const optional = schema.required?.includes(key) ? '' : '?';
    const value = typeText(child, inner);
    const undefinable = optional === '' ? '' : ' | undefined';
    return `${comment(child, inner)}${inner}${key}${optional}: ${value}${undefinable};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

function comment(schema: JsonSchema, indent: string): string {
  return schema.description === undefined ? '' : `${indent}/** ${schema.description.replaceAll('*/', '*\\/')} */\n`;
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/** As `npm run format` would leave it. */
function formatted(source: string): string {
  const root = join(import.meta.dirname, '..');
  const biome = join(root, 'node_modules/.bin/biome');
  return execFileSync(biome, ['format', '--stdin-file-path=generated.ts'], {
    cwd: root,
    input: source,
    encoding: 'utf8',
  });
}
