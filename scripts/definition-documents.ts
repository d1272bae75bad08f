import { z } from 'zod';
import { definitionSchema } from '../src/model/definition/definition-schema.ts';
import { definitionReference } from './definition-reference.ts';
import { definitionTypes } from './definition-types.ts';
import type { JsonSchema } from './json-schema.ts';

/** What is generated of the definition's schema: path from the repository's root → text. */
export function definitionDocuments(): Map<string, string> {
  const schema = z.toJSONSchema(definitionSchema, { io: 'input' }) as JsonSchema;
  const published = {
    title: 'A system defined for Ashlar',
    ...schema,
    properties: {
      ...schema.properties,
      $schema: { type: 'string', description: 'Where this schema lies, for editors.' },
    },
  };
  return new Map([
    ['docs/usage/schema/definition.schema.json', `${JSON.stringify(published, null, 2)}\n`],
    ['docs/usage/definition-reference.md', definitionReference(schema)],
    ['src/model/definition/definition-input.ts', definitionTypes(schema)],
  ]);
}
