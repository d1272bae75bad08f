// `npm run docs`: writes what is generated of the documentation (the schemas of `--json`, the reference of the command line).
// With --check it writes nothing and fails when a file is not what it would write.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { errorReportSchema } from '../src/cli/error-report-schema.ts';
import { VERBS } from '../src/cli/verbs.ts';
import { deviceReportSchema } from '../src/model/device-report.ts';
import { manifestSchema } from '../src/model/manifest.ts';
import { definitionDocuments } from './definition-documents.ts';
import { updateStatesDocument } from './update-states.ts';

const ROOT = join(import.meta.dirname, '..');
const SCHEMAS = 'docs/usage/schema';

const generated = await generate();
const check = process.argv.includes('--check');
const stale = [...generated].filter(([path, text]) => current(path) !== text).map(([path]) => path);
const orphans = readdirSync(join(ROOT, SCHEMAS))
  .map((name) => join(SCHEMAS, name))
  .filter((path) => !generated.has(path));
if (check && stale.length + orphans.length > 0) {
  console.error(`Not current: ${[...stale, ...orphans].join(', ')}. Run \`npm run docs\` and commit what it writes.`);
  process.exit(1);
}
if (!check) {
  for (const path of stale) {
    mkdirSync(join(ROOT, path, '..'), { recursive: true });
    writeFileSync(join(ROOT, path), generated.get(path) ?? '');
  }
}
console.error(`${generated.size} generated documents, ${stale.length} of them ${check ? 'stale' : 'written'}.`);

function current(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}

/** Every generated document: path from the repository's root → text. */
async function generate(): Promise<Map<string, string>> {
  const documents = definitionDocuments();
  documents.set(join(SCHEMAS, 'manifest.schema.json'), schemaText('manifest.json', manifestSchema));
  documents.set(join(SCHEMAS, 'error.schema.json'), schemaText('An error, with --json', errorReportSchema));
  documents.set(
    join(SCHEMAS, 'device-report.schema.json'),
    schemaText('What a device tells of itself', deviceReportSchema),
  );
  documents.set('docs/development/update-states.md', updateStatesDocument());
  const sections: string[] = [];
  for (const entry of VERBS) {
    const { default: verb } = await entry.load();
    const file = `${entry.name.replace(' ', '-')}.schema.json`;
    documents.set(join(SCHEMAS, file), schemaText(`ashlar ${entry.name} --json`, verb.result));
    const help = verb
      .command(new Command(`ashlar ${entry.name}`))
      .configureHelp({ helpWidth: 110 })
      .helpInformation();
    const examples = verb.examples.map(({ command, explains }) => `- \`${command}\`: ${explains}`).join('\n');
    sections.push(
      `## ashlar ${entry.name}\n\n${entry.summary}.\n\n\`\`\`\n${help.trim()}\n\`\`\`\n\n${examples}\n\n\`--json\` prints: [${file}](schema/${file})\n`,
    );
  }
  documents.set(
    'docs/usage/cli.md',
    `# The command line\n\nEvery verb takes \`--help\` and \`--json\`. Exit codes: 0 done; 1 failed; 2 the call was wrong; 3 a check says no; 4 nothing to do.\n\nWith \`--json\` a verb that fails prints [error.schema.json](schema/error.schema.json); the codes are in [errors.md](errors.md). \`NO_COLOR\` and \`FORCE_COLOR\` are honoured.\n\n${sections.join('\n')}`,
  );
  return documents;
}

function schemaText(title: string, schema: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(schema, { unrepresentable: 'any' }) }, null, 2)}\n`;
}
