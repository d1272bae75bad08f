import assert from 'node:assert/strict';
import { it } from 'node:test';
import type * as z from 'zod';
import type { DefinitionInput } from './definition-input.ts';
import { definitionSchema } from './definition-schema.ts';

type SchemaInput = z.input<typeof definitionSchema>;

it('the generated type is what the schema takes', () => {
  // The compiler is the judge: each side must be assignable to the other.
  const written: DefinitionInput = {
    name: 'a',
    version: '1',
    base: { suite: 'trixie' },
    files: { '/etc/motd': { content: 'x', mode: 0o600 } },
  };
  const taken: SchemaInput = written;
  const back: DefinitionInput = taken;
  assert(definitionSchema.safeParse(back).success);
});
