import assert from 'node:assert/strict';
import test from 'node:test';
import { type MachinePlan, qemuArguments } from './qemu-arguments.ts';

const PLAN: MachinePlan = {
  emulator: {
    architecture: 'amd64',
    program: '/usr/bin/qemu-system-x86_64',
    imageProgram: '/usr/bin/qemu-img',
    setpriv: '/usr/bin/setpriv',
    firmwareCode: '/fw/CODE.fd',
    firmwareVariables: '/fw/VARS.fd',
    secureBoot: false,
  },
  accelerator: 'tcg',
  memory: 512,
  processors: 1,
  firmwareVariables: '/m/vars.fd',
  disks: [],
  network: { kind: 'none' },
  onReset: 'continue',
  watchdog: false,
  firmwareStrings: [],
  secondSerial: false,
};

/** The values that follow `flag`. */
function values(plan: MachinePlan, flag: string): string[] {
  const words = qemuArguments(plan);
  return words.filter((_, index) => words[index - 1] === flag);
}

test('emulation has no cmpxchg16b; KVM has what the host has', () => {
  assert.deepEqual(values(PLAN, '-cpu'), ['Nehalem,-cx16,vendor=AuthenticAMD']);
  assert.deepEqual(values(PLAN, '-accel'), ['tcg,thread=multi']);
  assert.deepEqual(values({ ...PLAN, accelerator: 'kvm' }, '-cpu'), ['host']);
});

test('Secure Boot keeps the variables from the guest', () => {
  assert.deepEqual(values(PLAN, '-machine'), ['q35,smm=off,vmport=off']);
  assert.deepEqual(values(PLAN, '-global'), []);
  const secure = { ...PLAN, emulator: { ...PLAN.emulator, secureBoot: true } };
  assert.deepEqual(values(secure, '-machine'), ['q35,smm=on,vmport=off']);
  assert.deepEqual(values(secure, '-global'), ['driver=cfi.pflash01,property=secure,value=on']);
});

test('a comma in a path is no option', () => {
  const disks = [{ file: '/a,snapshot=on/d', format: 'raw', cache: 'unsafe' }] as const;
  assert.ok(values({ ...PLAN, disks }, '-drive').some((value) => value.endsWith(',file=/a,,snapshot=on/d')));
});

test('a disk can be another process’s, reached through its socket', () => {
  const disks = [{ file: '/d.raw', format: 'raw', cache: 'writeback', server: '/a,b.sock' }] as const;
  const drive = values({ ...PLAN, disks }, '-drive').at(-1);
  assert.match(
    drive!,
    /format=raw,cache=writeback,.*,file.driver=nbd,file.server.type=unix,file.server.path=\/a,,b.sock$/,
  );
});

test('disks boot in their order', () => {
  const disk = { format: 'qcow2', cache: 'unsafe' } as const;
  const devices = values(
    {
      ...PLAN,
      disks: [
        { ...disk, file: '/a' },
        { ...disk, file: '/b' },
      ],
    },
    '-device',
  ).filter((value) => value.startsWith('virtio-blk'));
  assert.match(devices[0]!, /drive=disk0,bootindex=0/);
  assert.match(devices[1]!, /drive=disk1,bootindex=1/);
});

test('the network is closed unless asked, and ports listen on loopback only', () => {
  assert.deepEqual(values(PLAN, '-netdev'), []);
  const forwards = [
    { host: 8080, guest: 80 },
    { host: 0, guest: 22 },
  ];
  assert.deepEqual(values({ ...PLAN, network: { kind: 'user', outbound: false, forwards } }, '-netdev'), [
    'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=tcp:127.0.0.1:0-:22',
  ]);
  assert.match(
    values({ ...PLAN, network: { kind: 'user', outbound: true, forwards: [] } }, '-netdev')[0]!,
    /restrict=off$/,
  );
});

test('a reset ends the machine when asked; a panic is an event only; the watchdog resets', () => {
  assert.deepEqual(values(PLAN, '-action'), ['panic=none', 'reboot=reset']);
  assert.deepEqual(values({ ...PLAN, onReset: 'exit', watchdog: true }, '-action'), [
    'panic=none',
    'reboot=shutdown',
    'watchdog=reset',
  ]);
});

test('nothing of a user configuration gets in, and the machine waits to be started', () => {
  const words = qemuArguments(PLAN);
  for (const word of ['-nodefaults', '-no-user-config', '-S']) assert.ok(words.includes(word));
});
