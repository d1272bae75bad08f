import { mkdirSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { AshlarError } from '../model/error.ts';
import { openStore } from '../store/store.ts';
import { followMachine } from '../vm/follow-machine.ts';
import { type Machine, makeMachine } from '../vm/machine.ts';
import type { MachineNetwork } from '../vm/machine-options.ts';
import { type RunEvent, type RunEventOf, runEventSchema } from '../vm/run-event.ts';
import type { RunningMachine } from '../vm/running-machine.ts';
import { shownOnSerial } from '../vm/shown-on-serial.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { plainView } from './run/plain-view.ts';
import { type PreparedDisk, prepareDisk } from './run/prepare-disk.ts';
import type { RunView } from './run/run-view.ts';
import { terminalView } from './run/terminal-view.ts';
import { type Call, defineVerb, type ExitCode, type Outcome } from './verb.ts';

const SSH_PORT = 22;
/** How long a system may take to stop its services; with its disk to be forgotten there is nothing to wait for. */
const GRACE_SECONDS = 30;
/** Emulated on a busy machine a minimal system takes a minute; something is wrong long before this. */
const READY_SECONDS = '300';

const size = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[MGT]$/, 'must be a whole number with M, G or T, e.g. 4G')
  .transform((text) => Number.parseInt(text, 10) * { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }[text.slice(-1) as 'M']);

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));

const forward = z
  .string()
  .regex(/^\d+:\d+$/, { error: 'must be HOST:GUEST, two port numbers; 0 as HOST takes a free one', abort: true })
  .transform((text) => ({ host: text.split(':')[0], guest: text.split(':')[1] }))
  .pipe(z.object({ host: whole(0, 65535), guest: whole(1, 65535) }));

const options = z.object({
  arguments: z.array(z.string()).max(1),
  memory: size.optional(),
  cpus: whole(1, 256).optional(),
  diskSize: size.optional(),
  forward: z.array(forward).default([]),
  ssh: z.union([z.literal(true), z.string().regex(/^[a-z_][a-z0-9_-]*$/, 'must be a user name')]).optional(),
  network: z.enum(['open', 'restricted', 'none']).default('open'),
  persist: z.string().optional(),
  secureBoot: z.union([z.literal(true), z.string()]).optional(),
  passphraseFile: z.string().optional(),
  accel: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
  log: z.string().optional(),
  headless: z.boolean().default(false),
  until: z.enum(['ready', 'poweroff']).default('poweroff'),
  timeout: whole(0, 86_400),
});

type Options = z.infer<typeof options>;

const EXIT_CODES: Record<RunEventOf<'exit'>['verdict'], ExitCode> = { good: 0, failed: 1, unverified: 3 };

export default defineVerb<Options, RunEvent>({
  command: (command) =>
    command
      .argument('[place]', 'a definition, a release directory or a disk image', '.')
      .option('--memory <size>', 'memory of the machine, e.g. 2G')
      .option('--cpus <number>', 'processors of the machine')
      .option('--disk-size <size>', 'size of its disk, e.g. 8G')
      .option('--forward <host:guest>', 'lead a TCP port of 127.0.0.1 to one of the guest; may be repeated', collect)
      .option('--ssh [user]', 'lead a free port to the guest’s SSH and print the command')
      .option('--network <kind>', 'open: the guest reaches out; restricted: only forwarded ports; none', 'open')
      .option(
        '--persist <file>',
        'keep the disk, and the firmware’s variables beside it; go on with it when it is there',
      )
      .option('--secure-boot [keys]', 'firmware that can enforce Secure Boot; with keys, sign the disk and enrol them')
      .option(...PASSPHRASE_OPTION)
      .option('--accel <kind>', 'auto: try KVM and emulate when it does not work; kvm; tcg', 'auto')
      .option('--log <file>', 'append what the guest says on its serial port, with times')
      .option('--headless', 'plain lines and no keyboard, also on a terminal')
      .option('--until <event>', 'end when the system is up (ready) or has powered off (poweroff)', 'poweroff')
      .option('--timeout <seconds>', 'how long each boot may take to be up; 0: for ever', READY_SECONDS),
  examples: [
    { command: 'ashlar run', explains: 'Build the definition in this folder and boot it; nothing is kept.' },
    { command: 'ashlar run out/web/1.0.0 --forward 8080:80 --ssh', explains: 'Boot a release and reach its services.' },
    { command: 'ashlar run disk.qcow2 --persist my.raw', explains: 'Boot a copy of a disk, and keep the copy.' },
    { command: 'ashlar run out/web/1.0.0 --secure-boot keys', explains: 'See it boot with Secure Boot enforced.' },
    { command: 'ashlar run --until ready --headless --json', explains: 'Say in a script whether it comes up.' },
  ],
  options,
  result: runEventSchema,
  run,
  text: (result, style) => {
    if (result.event !== 'exit') return '';
    return result.verdict === 'good' ? `${style.green('✔')} ${result.reason}` : `${style.red('✖')} ${result.reason}`;
  },
});

/** Disk, machine, boot, verdict; whatever happens, nothing is left behind. */
async function run(options: Options, call: Call): Promise<Outcome<RunEvent>> {
  const temporary = openStore().temporary('run');
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    const place = options.arguments[0] ?? '.';
    const { diskSize, persist } = options;
    const prepared = await prepareDisk({ place, diskSize, persist, keys: keysOf(options), temporary }, call);
    await using machine = await makeMachine(machineOptions(options, prepared, temporary));
    const exit = await watch(machine, options, call);
    return { result: exit, exitCode: EXIT_CODES[exit.verdict] };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function watch(machine: Machine, options: Options, call: Call): Promise<RunEventOf<'exit'>> {
  call.signal.throwIfAborted();
  const asked = new AbortController();
  let running: RunningMachine | undefined;
  const quit = (): void => {
    if (running === undefined || asked.signal.aborted || !keeps(options)) {
      asked.abort();
      void running?.kill();
    } else {
      asked.abort();
      void running.powerOff(GRACE_SECONDS);
    }
  };
  const view = viewFor(options, call, quit);
  const tell = (event: RunEvent): void => {
    call.emit(event);
    if (!call.json) view.tell(event);
  };
  try {
    tell({ event: 'accelerator', at: 0, ...machine.accelerator });
    running = await machine.boot();
    view.attach(running);
    tell({ event: 'started', at: running.clock(), forwards: [...running.forwards] });
    tellSsh(options, running, call);
    return await followMachine(running, {
      until: options.until,
      readySeconds: options.timeout === 0 ? undefined : options.timeout,
      graceSeconds: keeps(options) ? GRACE_SECONDS : 0,
      signal: call.signal,
      tell,
    });
  } finally {
    view.close();
  }
}

/** A disk that is kept is to be left as a powered-off machine leaves it. */
function keeps({ persist }: Options): boolean {
  return persist !== undefined;
}

function viewFor({ headless }: Options, call: Call, quit: () => void): RunView {
  const { stdin, stdout, stderr } = process;
  const interactive = !headless && !call.json && stdin.isTTY && stdout.isTTY && stderr.isTTY;
  return interactive
    ? terminalView({ input: stdin, output: stdout }, call.style, quit)
    : plainView(call.progress, call.style);
}

function tellSsh({ ssh }: Options, running: RunningMachine, call: Call): void {
  const found = running.forwards.find(({ guest }) => guest === SSH_PORT);
  if (ssh === undefined || found === undefined || call.json) return;
  const user = ssh === true ? 'root' : ssh;
  // The machine is new each time, and so is its key.
  const options = '-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no';
  call.progress.note(`ssh -p ${found.host} ${options} ${user}@127.0.0.1`);
}

function machineOptions(options: Options, { disk, architecture, manifest }: PreparedDisk, temporary: string) {
  return {
    architecture,
    disks: [disk],
    secureBoot: options.secureBoot !== undefined,
    accelerator: options.accel,
    network: network(options),
    firmwareStrings: manifest === undefined ? [] : shownOnSerial(manifest.boot.commandLine),
    parent: temporary,
    ...(options.memory === undefined ? {} : { memory: Math.round(options.memory / 1024 ** 2) }),
    ...(options.cpus === undefined ? {} : { processors: options.cpus }),
    ...(options.log === undefined ? {} : { serialLog: options.log }),
    ...(options.persist === undefined ? {} : { firmwareVariables: `${options.persist}.efivars` }),
  };
}

function keysOf({ secureBoot, passphraseFile }: Options) {
  if (typeof secureBoot !== 'string') return undefined;
  return { place: secureBoot, passphrase: commandPassphrase(passphraseFile) };
}

function network({ network, forward, ssh }: Options): MachineNetwork {
  const forwards = ssh === undefined ? forward : [...forward, { host: 0, guest: SSH_PORT }];
  if (network !== 'none') return { kind: 'user', outbound: network === 'open', forwards };
  if (forwards.length === 0) return { kind: 'none' };
  throw new AshlarError('usage', 'A machine without a network has no ports to forward.', {
    hint: 'Use --network restricted, or leave out --forward and --ssh.',
  });
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
