import { createCipheriv } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalEntry, parseJournal } from '../../src/engine/journal.ts';
import type { GuestShell } from '../../src/vm/guest-shell.ts';
import type { Workshop } from '../build/workshop.ts';
import type { Measure } from '../measure.ts';
import { type MemorySample, mostBetween, parseSamples, SAMPLES_PATH, samplerScript } from './memory-samples.ts';
import { AMPLE_DEADLINE, type ShopVersion } from './shop-definition.ts';
import { INSTALL_SECONDS, startUpdateMachine } from './update-machine.ts';
import { type BuiltShop, openUpdateSite, type UpdateSite } from './update-site.ts';

const REST_BYTES = 80e6;
const WRITING_BYTES = 120e6;
const IMAGE_BYTES = 400e6;
/** Of `ashlar status`, and as many of `ashlar doctor`. */
const CALLS_OF_EACH = 5;
/** The agent tidies up two seconds after something has happened; then this long is looked at. */
const SETTLE_SECONDS = 15;
const REST_SECONDS = 15;

const AGENT_UNIT = 'ashlar-agent.service';
const JOURNAL = '/var/lib/ashlar/journal.jsonl';
/** Keeps the machine from restarting when the update is ready. */
const INHIBITED =
  'systemd-run --quiet --unit=bench-inhibitor systemd-inhibit --what=shutdown --mode=block --who=bench --why=measuring sleep infinity';
/** Has the update begun, and is then alone: a client that looks on would share the program's pages, and the agent look smaller. */
const BEGIN_UPDATE = `ashlar update >/run/bench/update 2>&1 & client=$!; until grep -q '"kind":"target-chosen"' ${JOURNAL}; do sleep 1; done; kill $client; ! wait $client`;

/** What is looked at, in the order of what happens; the names are those of the report. */
const PHASES = {
  rest: 'at rest',
  called: `at rest, after ${2 * CALLS_OF_EACH} calls of status and doctor`,
  fetch: 'fetching boot image and hash tree',
  write: 'writing an image of 400 MB',
  'read-back': 'reading it back',
  'install-entry': 'installing its boot entry',
  ready: 'at rest, the update ready',
} as const;
type Phase = keyof typeof PHASES;
type Peaks = Readonly<Record<Phase, MemorySample>>;

/** What the agent takes of a device's memory. */
export const agentMemory: Measure<Workshop> = {
  name: 'agent-memory',
  title: 'Memory of the agent',
  async run(workshop) {
    await using site = await openUpdateSite(workshop, 'update-memory');
    const small = await site.build({ version: '1.0.0', deadline: AMPLE_DEADLINE, packages: [BIG_PACKAGE] });
    const large = await site.build(largeVersion(site, small), small);
    const runs: Peaks[] = [];
    for (let run = 0; run < workshop.runs; run++) runs.push(await watchUpdate(workshop, site, small, large));
    const phases = Object.keys(PHASES) as Phase[];
    const anonymous = Math.max(...runs.flatMap((peaks) => phases.map((phase) => peaks[phase].anonymous)));
    return {
      unit: 'bytes',
      series: phases.map((phase) => ({
        name: PHASES[phase],
        ours: true,
        values: runs.map((peaks) => peaks[phase].pss),
      })),
      goals: [
        ...(['rest', 'called'] as const).map((phase) => atMost(phase, REST_BYTES)),
        ...(['fetch', 'write', 'read-back', 'install-entry'] as const).map((phase) => atMost(phase, WRITING_BYTES)),
      ],
      method: `The most that was seen of the proportional set size (PSS) of all processes of ${AGENT_UNIT}, every second, in a machine with 1 GiB and one processor that updates itself over HTTP from an image of ${megabytes(small)} to one of ${megabytes(large)}: what they share is copied from the running slot, and the rest, which cannot be compressed, is fetched. Nobody else runs Node there meanwhile.`,
      remarks: [
        `Of the most that was seen, ${(anonymous / 1e6).toFixed(0)} MB were heaps, stacks and buffers; the rest are pages of the program’s own file, which the kernel can drop at any time.`,
      ],
    };
  },
};

function atMost(phase: Phase, bytes: number) {
  return { kind: 'value', series: PHASES[phase], atMost: bytes } as const;
}

function megabytes({ manifest }: BuiltShop): string {
  return `${(manifest.root.image.size / 1e6).toFixed(0)} MB`;
}

/** Something big that does nothing: a definition's own files may have 256 MB, and the rest of the image must be larger for that. */
const BIG_PACKAGE = 'libllvm19';
/** What one file of a definition may have. */
const FILE_BYTES = 64 << 20;

/** The version that has, beyond what `small` has, so much noise that its image is of {@link IMAGE_BYTES}. */
function largeVersion({ definitions }: UpdateSite, small: BuiltShop): ShopVersion {
  const ballast: string[] = [];
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  for (let left = IMAGE_BYTES - small.manifest.root.image.size; left > 0; left -= FILE_BYTES) {
    const name = `noise-${ballast.length}`;
    // Nothing can compress it, and it is the same in every call.
    writeFileSync(join(definitions, name), noise.update(Buffer.alloc(Math.min(left, FILE_BYTES))));
    ballast.push(name);
  }
  return { version: '2.0.0', deadline: AMPLE_DEADLINE, packages: [BIG_PACKAGE], ballast };
}

async function watchUpdate(workshop: Workshop, site: UpdateSite, small: BuiltShop, large: BuiltShop): Promise<Peaks> {
  site.empty();
  await site.publish(small);
  await using machine = await startUpdateMachine(workshop, 'agent-memory', small);
  await machine.up('1.0.0');
  await machine.atRest();
  const { shell } = machine;
  await startSampler(shell);
  const rest = await lookAtRest(shell);
  await shell.read(
    `i=0; while [ $i -lt ${CALLS_OF_EACH} ]; do ashlar status >/dev/null; ashlar doctor >/dev/null; i=$((i + 1)); done`,
    INSTALL_SECONDS,
  );
  const called = await lookAtRest(shell);
  await shell.read(INHIBITED);
  await site.publish(large);
  workshop.say('the agent updates');
  await shell.read(BEGIN_UPDATE, INSTALL_SECONDS);
  await shell.until(`grep -qe '"kind":"step-failed"' -e '"phase":{"kind":"armed"' ${JOURNAL}`, INSTALL_SECONDS);
  const ready = await lookAtRest(shell);
  const samples = parseSamples(await shell.read(`cat ${SAMPLES_PATH}`, INSTALL_SECONDS));
  const steps = await stepTimes(shell);
  const most = ([from, to]: readonly [number, number]): MemorySample => mostBetween(samples, from, to);
  await machine.device.running.kill();
  return {
    rest: most(rest),
    called: most(called),
    fetch: most(steps('target-chosen', 'fetch')),
    write: most(steps('retire', 'write')),
    'read-back': most(steps('write', 'read-back')),
    'install-entry': most(steps('commit', 'install-entry')),
    ready: most(ready),
  };
}

async function startSampler(shell: GuestShell): Promise<void> {
  const script = Buffer.from(samplerScript(AGENT_UNIT)).toString('base64');
  await shell.read(`mkdir -p /run/bench && echo ${script} | base64 -d >/run/bench/sampler`);
  await shell.read('systemd-run --quiet --unit=bench-sampler sh /run/bench/sampler');
}

/** Lets some time pass in which nothing goes on; returns its begin and end, seconds of uptime. */
async function lookAtRest(shell: GuestShell): Promise<readonly [from: number, to: number]> {
  const uptime = 'cut -d " " -f 1 /proc/uptime';
  const told = await shell.read(
    `sleep ${SETTLE_SECONDS}; ${uptime}; sleep ${REST_SECONDS}; ${uptime}`,
    INSTALL_SECONDS,
  );
  const [from = 0, to = 0] = told.split('\n').map(Number);
  return [from, to];
}

/** By the agent's journal, when the steps of its update ended, in seconds of uptime. */
async function stepTimes(shell: GuestShell): Promise<(after: string, step: string) => readonly [number, number]> {
  const [now = '', uptime = ''] = (await shell.read('date +%s.%N; cut -d " " -f 1 /proc/uptime')).split('\n');
  const start = Number(now) - Number(uptime);
  const { entries } = parseJournal(await shell.read(`cat ${JOURNAL}`));
  const times = new Map(entries.map((entry) => [nameOf(entry), entry.at / 1000 - start]));
  const time = (step: string): number => {
    const found = times.get(step);
    if (found === undefined)
      throw new Error(`the update has no step ${step}: ${JSON.stringify(entries.at(-1)?.event)}`);
    return found;
  };
  return (after, step) => [time(after), time(step)];
}

function nameOf({ event }: JournalEntry): string {
  return 'step' in event && event.kind === 'step-done' ? String(event.step) : event.kind;
}
