import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { evaluateDefinition } from '../build/evaluate/evaluate-definition.ts';
import { SILENT } from '../model/progress.ts';
import init from './init.ts';
import { styleFor } from './style.ts';
import type { Call } from './verb.ts';

const root = mkdtempSync(join(tmpdir(), 'ashlar-init-'));
after(() => rmSync(root, { recursive: true, force: true }));

const CALL: Call = {
  json: false,
  progress: SILENT,
  signal: new AbortController().signal,
  style: styleFor({}),
  emit: () => {},
};

describe('init', () => {
  for (const [language, file] of [
    ['ts', 'os.ts'],
    ['yaml', 'os.yaml'],
  ] as const) {
    it(`writes ${file}, which is a definition without findings`, async () => {
      const folder = join(root, `My Server ${language}`);
      const { result, text } = await init.execute({ arguments: [folder], language }, CALL);
      const name = `my-server-${language}`;
      assert.deepEqual(result, { file: join(folder, file), name });
      assert.match(text(styleFor({})), /ashlar run/);
      const { definition, warnings } = await evaluateDefinition(folder);
      assert.equal(definition.name, name);
      assert.deepEqual(warnings, []);
      assert.match(definition.files['/etc/motd']!.content.bytes.toString(), new RegExp(`^Welcome to ${name}\\..*\\n$`));
    });
  }

  it('leaves a definition that is there alone', async () => {
    const folder = join(root, 'twice');
    await init.execute({ arguments: [folder], name: 'first' }, CALL);
    await assert.rejects(init.execute({ arguments: [folder], name: 'second', language: 'yaml' }, CALL), {
      code: 'path-conflict',
    });
    assert(!existsSync(join(folder, 'os.yaml')));
    assert.match(readFileSync(join(folder, 'os.ts'), 'utf8'), /name: 'first'/);
  });

  it('refuses a name that is none', async () => {
    await assert.rejects(init.execute({ arguments: [join(root, 'x')], name: "it's" }, CALL), { code: 'usage' });
    assert(!existsSync(join(root, 'x')));
  });
});
