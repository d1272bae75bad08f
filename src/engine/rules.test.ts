import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { chooseRelease } from './choice/choose-release.ts';
import { type Body, SimulatedDevice } from './simulated-device.fixture.ts';
import type { Behaviour } from './simulated-machine.fixture.ts';

type Command =
  | { readonly do: 'work'; readonly times: number }
  | { readonly do: 'publish'; readonly version: string; readonly behaviour: Behaviour; readonly barrier: boolean }
  | { readonly do: 'withdraw'; readonly version: string }
  | { readonly do: 'cut power'; readonly halfDone: boolean; readonly times: number }
  | { readonly do: 'kill agent' | 'restart' | 'rot' }
  | { readonly do: 'fail'; readonly retry: 'later' | 'never' }
  | { readonly do: 'ask'; readonly event: Parameters<SimulatedDevice['ask']>[0] };

function obey(device: SimulatedDevice, command: Command): void {
  switch (command.do) {
    case 'work':
      for (let time = 0; time < command.times; time++) device.work();
      return;
    case 'publish':
      device.publish(command.version, command.behaviour, command.barrier);
      return;
    case 'withdraw':
      device.withdraw(command.version);
      return;
    case 'cut power':
      device.cutPower(command.halfDone);
      for (let time = 1; time < command.times; time++) device.cutPower(false);
      return;
    case 'kill agent':
      device.killAgent();
      return;
    case 'restart':
      device.restart();
      return;
    case 'rot':
      device.rot();
      return;
    case 'fail':
      device.fail(command.retry);
      return;
    case 'ask':
      device.ask(command.event);
      return;
  }
}

const version = fc.integer({ min: 2, max: 20 }).map(String);
const behaviour = fc.constantFrom<Behaviour>(
  ...(['panics', 'hangs', 'initrd-fails', 'agent-is-dead', 'unhealthy', 'good', 'good', 'good'] as const),
);
const ask = (event: Body<'check-started' | 'rollback-asked' | 'unpinned' | 'arm-asked' | 'hold-asked'>) =>
  fc.constant<Command>({ do: 'ask', event });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant('work'), times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 6, arbitrary: ask({ kind: 'check-started', by: 'schedule' }) },
  { weight: 1, arbitrary: ask({ kind: 'check-started', by: 'medium' }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('publish'), version, behaviour, barrier: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw'), version }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('cut power'),
      halfDone: fc.boolean(),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 7, arbitrary: fc.record({ do: fc.constantFrom('kill agent', 'restart', 'rot') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail'), retry: fc.constantFrom('later', 'never') }) },
  { weight: 1, arbitrary: ask({ kind: 'rollback-asked' }) },
  { weight: 1, arbitrary: ask({ kind: 'unpinned' }) },
  { weight: 1, arbitrary: ask({ kind: 'arm-asked' }) },
  { weight: 1, arbitrary: ask({ kind: 'hold-asked' }) },
  { weight: 1, arbitrary: version.map((version): Command => ({ do: 'ask', event: { kind: 'pinned', version } })) },
  {
    weight: 1,
    arbitrary: version.map((version): Command => ({ do: 'ask', event: { kind: 'quarantine-lifted', version } })),
  },
);

/** Long enough for several updates; a short one finds nothing. */
const history = fc.array(command, { minLength: 40, maxLength: 160, size: 'max' });

test('in every history the rules hold, and the machine starts', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 4 }), history, (slots, commands) => {
      const device = new SimulatedDevice(slots);
      for (const command of commands) {
        obey(device, command);
        assert.ok(!device.lost, 'nothing starts any more');
      }
    }),
    { numRuns: 300 },
  );
});

test('when the storm is over, every device comes to rest on the newest release that is good for it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 4 }), history, (slots, commands) => {
      const device = new SimulatedDevice(slots);
      for (const command of commands) obey(device, command);
      settle(device);
      const { phase, running, quarantine, pin } = device.state;
      assert.ok(phase.kind === 'proven' || phase.kind === 'refused', `it rests: ${phase.kind}`);
      assert.ok(device.machine.everProven.has(running.rootHash), 'what runs has proved itself');
      const releases = device.channel;
      const choice = chooseRelease({ running, channel: 'stable', releases, floor: undefined, quarantine, pin });
      assert.equal(choice.release?.version, undefined, 'there is nothing left to install');
    }),
    { numRuns: 300 },
  );
});

/** Works and asks until an answer changes nothing any more. */
function settle(device: SimulatedDevice): void {
  const tellsApart = () => JSON.stringify([device.state.running, device.state.quarantine, device.state.phase.kind]);
  for (let rounds = 0, before = ''; before !== tellsApart(); rounds++) {
    assert.ok(rounds < 100, `it comes to rest: ${device.state.phase.kind}`);
    before = tellsApart();
    device.ask({ kind: 'arm-asked' });
    workToTheEnd(device);
    const { phase } = device.state;
    // What could not be installed waits for a person; all else comes by itself.
    const isLeftAlone = phase.kind === 'refused' && phase.tried === true;
    device.ask({ kind: 'check-started', by: isLeftAlone ? 'operator' : 'schedule' });
    workToTheEnd(device);
  }
}

function workToTheEnd(device: SimulatedDevice): void {
  let acts = 0;
  while (device.work()) assert.ok(++acts < 1000, `the work ends: ${device.state.phase.kind}`);
}
