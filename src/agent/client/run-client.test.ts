import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import test, { after, before } from 'node:test';
import { AshlarError } from '../../model/error.ts';
import { ROUTES, type UpdateLine } from '../socket/agent-api.ts';
import { serveAgent } from '../socket/agent-server.ts';
import { factoryReport } from './sample-report.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'client-test-'));
const socket = join(folder, 'agent.sock');
const asked: unknown[] = [];
let lines: UpdateLine[] = [];
let server: Server;
before(async () => {
  server = await serveAgent(socket, {
    [`GET ${ROUTES.status}`]: () => ({ document: factoryReport() }),
    [`GET ${ROUTES.history}`]: () => ({ document: { history: [] } }),
    [`GET ${ROUTES.doctor}`]: () => ({
      document: {
        healthy: false,
        examinations: [
          { name: 'esp', about: 'it can be written', verdict: 'bad', message: 'it is read-only', hint: 'see dmesg' },
        ],
      },
    }),
    [`POST ${ROUTES.update}`]: (body) => {
      asked.push(body);
      return {
        lines: (async function* () {
          yield* lines;
        })(),
      };
    },
    [`POST ${ROUTES.rollback}`]: () => {
      throw new AshlarError('no-way-back', 'There is nothing to go back to.', { hint: 'Go on.' });
    },
  });
});
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

interface Called {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the client as `ashlar` does, in a process of its own. */
function ashlar(...words: readonly string[]): Promise<Called> {
  const main = JSON.stringify(join(import.meta.dirname, 'run-client.ts'));
  const program = `import { runClient } from ${main};
    process.exitCode = await runClient(${JSON.stringify(words)}, ${JSON.stringify(socket)});`;
  const env = { ...process.env, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', program], { env }, (error, stdout, stderr) =>
      resolve({ exit: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test('status: what runs and what is next for a person, the report for a program', async () => {
  const person = await ashlar('status');
  assert.equal(person.exit, 0);
  assert.match(person.stdout, /verified by dm-verity/);
  assert.match(person.stdout, /\n {2}slots\n/);
  assert.deepEqual(JSON.parse((await ashlar('status', '--json')).stdout), factoryReport());
});

test('update: exit codes follow from what it comes to, and options from what is typed', async () => {
  const end = (outcome: (UpdateLine & { kind: 'end' })['outcome']): UpdateLine[] => [
    { kind: 'phase', summary: 'web 1 runs; the repository is asked' },
    { kind: 'end', outcome, words: 'that is all', reasons: [{ code: 'x', message: 'because' }] },
  ];
  const exits = { 'nothing-newer': 4, available: 0, armed: 0, refused: 3, failed: 1 } as const;
  for (const [outcome, exit] of Object.entries(exits)) {
    lines = end(outcome as keyof typeof exits);
    const called = await ashlar('update', '--from', relative(process.cwd(), '/mnt/stick'), '--now');
    assert.equal(called.exit, exit, outcome);
    assert.match(called.stdout, /that is all\n {4}because/);
    assert.match(called.stderr, /the repository is asked/);
  }
  assert.deepEqual(asked.at(-1), { mode: 'now', from: '/mnt/stick' });
  const hidden = await ashlar('update', '--from', '/tmp/stick');
  assert.deepEqual([hidden.exit, /does not see what is below \/tmp/.test(hidden.stderr)], [2, true]);
  lines = [];
  const silent = await ashlar('update', '--json');
  assert.equal(JSON.parse(silent.stdout).error.code, 'agent-unreachable');
});

test('a check that says no, an error of the agent, and a call that is wrong', async () => {
  const doctor = await ashlar('doctor');
  assert.equal(doctor.exit, 3);
  assert.match(doctor.stdout, /✖ esp .*it is read-only\n.*\n.*→ see dmesg/);
  const rollback = await ashlar('rollback');
  assert.equal(rollback.exit, 1);
  assert.match(rollback.stderr, /\[no-way-back\] There is nothing to go back to\.\n {2}→ Go on\./);
  for (const wrong of [['upgrade'], ['update', '--fast'], ['update', '--check', '--now'], ['pin', '1', '2']]) {
    assert.equal((await ashlar(...wrong)).exit, 2, wrong.join(' '));
  }
  assert.equal((await ashlar('help')).exit, 0);
  assert.match((await ashlar('update', '--help')).stdout, /--download-only/);
  assert.equal((await ashlar('history')).stdout, 'Nothing has happened yet.\n');
});
