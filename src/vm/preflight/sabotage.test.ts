import assert from 'node:assert/strict';
import test from 'node:test';
import { planSabotage } from './sabotage.ts';

const plan = (healthChecks: Parameters<typeof planSabotage>[0]['healthChecks']) =>
  planSabotage({ version: '2', healthChecks });

for (const [check, unit, text] of [
  [{ kind: 'unit', unit: 'web.service' }, 'web.service', /^\[Unit\]\nConditionPathExists=\//],
  [{ kind: 'http', url: 'http://127.0.0.1/' }, 'ashlar-agent.service', /IPAddressDeny=any/],
  [{ kind: 'tcp', port: 80 }, 'ashlar-agent.service', /IPAddressDeny=any/],
  [
    { kind: 'command', command: ['/usr/bin/true', '-x'] },
    'ashlar-agent.service',
    /InaccessiblePaths=\/usr\/bin\/true\n/,
  ],
  [{ kind: 'file', path: '/var/lib/web/ready' }, 'ashlar-agent.service', /InaccessiblePaths=\/var\/lib\/web\/ready\n/],
] as const) {
  test(`a check of kind ${check.kind} is failed by a drop-in of ${unit}`, () => {
    const planned = plan({ web: { ...check, command: 'command' in check ? [...check.command] : [] } });
    assert.equal(planned?.check, 'web');
    assert.equal(planned?.sabotage.version, '2');
    assert.match(planned?.sabotage.dropIns[unit] ?? '', text);
  });
}

test('without a check that is known there is nothing to fail', () => {
  assert.equal(plan({}), undefined);
  assert.equal(plan({ web: { kind: 'prayer' } }), undefined);
});
