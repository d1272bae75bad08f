import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import test from 'node:test';
import { type QmpEvent, qmpClient } from './qmp-client.ts';

function conversation() {
  const [ours, theirs] = duplexPair();
  const events: QmpEvent[] = [];
  const received: unknown[] = [];
  const client = qmpClient(ours, (event) => events.push(event));
  theirs.setEncoding('utf8');
  theirs.on('data', (text: string) => {
    for (const line of text.trim().split('\n')) received.push(JSON.parse(line));
  });
  const says = (message: unknown): boolean => theirs.write(JSON.stringify(message) + '\n');
  says({ QMP: { version: {}, capabilities: [] } });
  says({ return: {} });
  return { client, events, received, says, theirs };
}

test('negotiates, sends a command and gives its answer', async () => {
  const { client, received, says } = conversation();
  const answer = client.execute('query-status');
  says({ return: { status: 'running' } });
  assert.deepEqual(await answer, { status: 'running' });
  assert.deepEqual(received, [
    { execute: 'qmp_capabilities', arguments: {} },
    { execute: 'query-status', arguments: {} },
  ]);
});

test('answers come in the order of the commands, events in between', async () => {
  const { client, events, theirs } = conversation();
  const first = client.execute('one');
  const second = client.execute('two');
  const text = ['{"return":1}', '{"event":"RESET","data":{"guest":true}}', '{"return":2}'].join('\r\n') + '\r\n';
  theirs.write(text.slice(0, 20));
  theirs.write(text.slice(20));
  assert.deepEqual(await Promise.all([first, second]), [1, 2]);
  assert.deepEqual(events, [{ name: 'RESET', data: { guest: true } }]);
});

test('a refusal is an error that names the command', async () => {
  const { client, says } = conversation();
  const answer = client.execute('fly');
  says({ error: { class: 'CommandNotFound', desc: 'The command fly has not been found' } });
  await assert.rejects(answer, { code: 'emulator-failed', message: /refused fly: The command fly/ });
});

test('when QEMU goes away, commands fail, now and later', async () => {
  const { client, theirs } = conversation();
  const answer = client.execute('query-status');
  theirs.end();
  await assert.rejects(answer, { code: 'emulator-failed' });
  await assert.rejects(client.execute('cont'), { code: 'emulator-failed' });
});

for (const nonsense of ['not json\n', '[]\n', 'x'.repeat(1_100_000)]) {
  test(`nonsense (${nonsense.slice(0, 8).trim()}) ends the conversation`, async () => {
    const { client, theirs } = conversation();
    const answer = client.execute('query-status');
    theirs.write(nonsense);
    await assert.rejects(answer, { code: 'emulator-failed' });
  });
}
