import type { Definition, FileBytes } from '../../../model/definition/definition.ts';
import type { DefinitionInput } from '../../../model/definition/definition-input.ts';
import { definitionSchema } from '../../../model/definition/definition-schema.ts';
import { sha256 } from '../../../model/digest.ts';
import { completeDefinition } from '../../evaluate/complete-definition.ts';

/** The form of a root role. */
export const ROOT_OF_TRUST = '{"signed": {"_type": "root"}, "signatures": []}';

/** The definition that `input` describes, as the build sees it; contents are given in place. */
export function definitionOf(input: Partial<DefinitionInput> = {}): Definition {
  const parsed = definitionSchema.parse({
    name: 'test',
    version: '1.0.0',
    base: { distribution: 'debian', suite: 'trixie' },
    ...input,
  });
  return completeDefinition(parsed, {
    problems: [],
    findings: [],
    sources: [],
    read: (source): FileBytes => {
      if (source.kind === 'template') throw new TypeError('a test gives contents in place');
      // The only file that cannot be given in place is the root of trust.
      const bytes = source.kind === 'bytes' ? source.bytes : Buffer.from(ROOT_OF_TRUST);
      return { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
    },
  }).definition;
}
