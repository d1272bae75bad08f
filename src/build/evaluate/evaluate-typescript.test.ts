import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AshlarError } from '../../model/error.ts';
import { evaluateDefinition } from './evaluate-definition.ts';

const root = mkdtempSync(join(tmpdir(), 'ashlar-evaluate-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A folder of its own with these files. */
function folder(files: Readonly<Record<string, string>>): string {
  const directory = join(root, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const SYSTEM = "import { defineSystem } from 'ashlar';\n";
const DEFINITION = "export default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' } });\n";

describe('a definition in TypeScript', () => {
  it('is evaluated wherever it lies, without node_modules', async () => {
    const directory = folder({
      'os.ts': `${SYSTEM}import { text } from './parts/text.ts';
        const name: string = 'a';
        export default defineSystem({ name, version: '1', base: { suite: 'trixie' }, files: { '/etc/motd': text } });`,
      'parts/text.ts': "export const text: string = 'hello';",
    });
    const { definition, sources } = await evaluateDefinition(directory);
    assert.equal(definition.files['/etc/motd']?.content.bytes.toString(), 'hello');
    assert.deepEqual(sources, [join(directory, 'os.ts'), join(directory, 'parts/text.ts')]);
  });

  it('is TypeScript even where a package.json says that scripts are CommonJS', async () => {
    const directory = folder({ 'package.json': '{"type":"commonjs"}', 'os.ts': SYSTEM + DEFINITION });
    assert.equal((await evaluateDefinition(directory)).definition.name, 'a');
  });

  it('reads files of its own folder and sees no environment', async () => {
    const directory = folder({
      'os.ts': `${SYSTEM}import { readFileSync } from 'node:fs';
        const motd = readFileSync(new URL('./motd', import.meta.url), 'utf8');
        const names = Object.keys(process.env).sort().join();
        export default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, files: { '/etc/motd': motd + names } });`,
      motd: 'from disk ',
    });
    const { definition } = await evaluateDefinition(directory);
    assert.equal(definition.files['/etc/motd']?.content.bytes.toString(), 'from disk LC_ALL,TZ');
  });

  it('may print, which is handed on', async () => {
    const directory = folder({ 'os.ts': `${SYSTEM}console.log('seen');\n${DEFINITION}` });
    assert.equal((await evaluateDefinition(directory)).output, 'seen\n');
  });
});

describe('what a definition may not do', () => {
  const outside = join(root, 'written');
  const attempts: readonly (readonly [string, string])[] = [
    ['write a file', `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(outside)}, 'x');`],
    ['write a file into its own folder', "import { writeFileSync } from 'node:fs'; writeFileSync('./x', 'x');"],
    [
      'write a file and hide it',
      `import { writeFileSync } from 'node:fs'; try { writeFileSync(${JSON.stringify(outside)}, 'x'); } catch {}`,
    ],
    ['read a file elsewhere', "import { readFileSync } from 'node:fs'; readFileSync('/etc/passwd');"],
    ['open a socket', "import { connect } from 'node:net'; connect(9, '127.0.0.1');"],
    ['open a socket and hide it', "import { connect } from 'node:net'; connect(9, '127.0.0.1').on('error', () => {});"],
    ['listen', "import { createServer } from 'node:net'; createServer().listen(0);"],
    ['fetch', "await fetch('http://127.0.0.1:8080/');"],
    ['ask the name service', "import { lookup } from 'node:dns/promises'; await lookup('localhost');"],
    ['send a datagram', "import { createSocket } from 'node:dgram'; createSocket('udp4').bind(0);"],
    ['start a program', "import { spawn } from 'node:child_process'; spawn('true');"],
    ['start a program and wait', "import { execSync } from 'node:child_process'; execSync('true');"],
    ['become a program', "process.execve('/bin/true', ['true'], {});"],
    ['start a thread', "import { Worker } from 'node:worker_threads'; new Worker('1', { eval: true });"],
    ['send a signal', "process.kill(process.ppid, 'SIGCONT');"],
    ['send a signal by an import', "import { kill } from 'node:process'; kill(process.ppid, 'SIGCONT');"],
    ['slow another process down', "import { setPriority } from 'node:os'; setPriority(process.ppid, 0);"],
    ['open a database', `import { DatabaseSync } from 'node:sqlite'; new DatabaseSync(${JSON.stringify(outside)});`],
    ['open a database by another way', "process.getBuiltinModule('node:sqlite').DatabaseSync;"],
    ['change how modules are found', "import { registerHooks } from 'node:module'; registerHooks({});"],
    ['change flags of the engine', "import v8 from 'node:v8'; v8.setFlagsFromString('--trace');"],
  ];
  for (const [name, code] of attempts) {
    it(name, async () => {
      const directory = folder({ 'os.ts': `${SYSTEM}\n${code}\n${DEFINITION}` });
      await assert.rejects(evaluateDefinition(directory), (error) => {
        assert(error instanceof AshlarError, String(error));
        assert.equal(error.code, 'definition-not-allowed', error.message);
        assert.match(error.message, /tried to/);
        assert.match(error.hint, /computes a value/);
        return true;
      });
      assert(!existsSync(outside));
    });
  }

  it('is told with the line that tried', async () => {
    const directory = folder({
      'os.ts': `${SYSTEM}import { writeFileSync } from 'node:fs';\n\nwriteFileSync('/tmp/x', '');\n${DEFINITION}`,
    });
    await assert.rejects(evaluateDefinition(directory), (error) => {
      assert(error instanceof AshlarError);
      assert.match(error.message, /os\.ts tried to write a file: \/tmp\/x\.$/);
      assert.equal(error.place?.line, 4);
      assert.equal(error.place?.excerpt, "writeFileSync('/tmp/x', '');");
      return true;
    });
  });

  it('reaches no server that listens', async () => {
    let reached = false;
    const server = createServer(() => {
      reached = true;
    });
    after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    const directory = folder({
      'os.ts': `${SYSTEM}try { await fetch('http://127.0.0.1:${address.port}/'); } catch {}\n${DEFINITION}`,
    });
    await assert.rejects(evaluateDefinition(directory), { code: 'definition-not-allowed' });
    assert(!reached);
  });

  it('follows no symbolic link out of its folder', async () => {
    const directory = folder({
      'os.ts': `${SYSTEM}import { readFileSync } from 'node:fs';\nreadFileSync(new URL('./link', import.meta.url));\n${DEFINITION}`,
    });
    symlinkSync('/etc/hostname', join(directory, 'link'));
    await assert.rejects(evaluateDefinition(directory), { code: 'definition-not-allowed' });
  });
});

describe('a definition without end', () => {
  const stops: readonly (readonly [string, string, RegExp])[] = [
    ['a loop', 'for (;;);', /ran for more than 1 s/],
    ['an await of nothing', 'await new Promise(() => {});', /waits/],
    ['a timer', 'await new Promise((resolve) => setTimeout(resolve, 1e6));', /ran for more than 1 s/],
    ['its own end', 'process.exit(0);', /ended itself \(exit code 0\)/],
    [
      'too much text',
      "const line = 'x'.repeat(1e5); for (let i = 0; i < 100; i++) console.log(line);",
      /printed more than 256 KiB/,
    ],
  ];
  for (const [name, code, message] of stops) {
    it(`is stopped: ${name}`, async () => {
      const directory = folder({ 'os.ts': `${SYSTEM}${code}\n${DEFINITION}` });
      // An emulated or loaded machine starts the process in a second as well; only a loop takes longer than both bounds.
      const milliseconds = message.source.includes('ran for') ? 1000 : 20_000;
      await assert.rejects(evaluateDefinition(directory, { limits: { milliseconds } }), (error) => {
        assert(error instanceof AshlarError);
        assert.equal(error.code, 'definition-stopped');
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('is stopped: too much memory', async () => {
    for (const grow of [
      'const all: number[][] = []; for (;;) all.push(new Array(1e5).fill(all.length));',
      'const all: Buffer[] = []; for (;;) all.push(Buffer.alloc(1e8));',
    ]) {
      const directory = folder({ 'os.ts': `${SYSTEM}${grow}\n${DEFINITION}` });
      await assert.rejects(evaluateDefinition(directory), (error) => {
        assert(error instanceof AshlarError);
        // V8 ends the process when its heap is full; an array buffer that cannot be had is an exception.
        assert.match(`${error.code} ${error.message}`, /definition-stopped .*memory|definition-invalid/);
        return true;
      });
    }
  });

  it('is stopped by the signal of the one who asked', async () => {
    const directory = folder({ 'os.ts': `${SYSTEM}for (;;);\n${DEFINITION}` });
    const stop = new AbortController();
    const reason = new AshlarError('interrupted', 'Interrupted.', { hint: 'Again.' });
    const evaluating = evaluateDefinition(directory, { signal: stop.signal });
    setImmediate(() => stop.abort(reason));
    await assert.rejects(evaluating, reason);
  });
});
