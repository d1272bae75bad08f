import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DefinitionError } from '../../model/definition/definition-error.ts';
import type { Finding } from '../../model/finding.ts';
import { evaluateDefinition } from './evaluate-definition.ts';

/** How a finding reads: one line a finding, its place, the line of the file with a caret, what to do. */
function asText(findings: readonly Finding[], directory: string): string {
  return findings
    .map(({ severity, rule, path, message, hint, place }) => {
      const short = (text: string): string => text.replaceAll(`${directory}/`, '');
      const where = `${short(place?.file ?? '')}:${place?.line}:${place?.column}`;
      const caret = `${' '.repeat((place?.column ?? 1) - 1)}${'^'.repeat(place?.width ?? 1)}`;
      return `${where} ${severity} ${rule} ${path}\n${place?.excerpt}\n${caret}\n${short(message)}\n→ ${short(hint)}\n`;
    })
    .join('\n');
}

describe('a definition with ten mistakes gives ten findings, each with its place', () => {
  for (const language of ['yaml', 'ts']) {
    it(`in ${language}`, async () => {
      const directory = join(import.meta.dirname, `testdata/ten-mistakes-${language}`);
      const before = process.cwd();
      // Places are shown relative to where the person stands.
      process.chdir(directory);
      try {
        await assert.rejects(evaluateDefinition('.'), (error) => {
          assert(error instanceof DefinitionError);
          assert.equal(error.code, 'definition-invalid');
          assert.equal(error.findings.length, 10);
          assert.equal(new Set(error.findings.map(({ message }) => message)).size, 10);
          const golden = join(directory, 'findings.txt');
          assert.equal(asText(error.findings, directory), readFileSync(golden, 'utf8'));
          return true;
        });
      } finally {
        process.chdir(before);
      }
    });
  }
});
