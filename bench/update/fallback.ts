import { VERSIONS } from '../../scripts/story/story-definition.ts';
import { deviceReportSchema } from '../../src/model/device-report.ts';
import { watchPage } from '../../src/vm/watch-page.ts';
import type { Workshop } from '../build/workshop.ts';
import type { Measure } from '../measure.ts';
import { restartBy, stageUpdate } from './ordered-restart.ts';
import { AMPLE_DEADLINE, type ShopVersion } from './shop-definition.ts';
import { INSTALL_SECONDS, startUpdateMachine, type UpdateMachine } from './update-machine.ts';
import { type BuiltShop, openUpdateSite, type UpdateSite } from './update-site.ts';

const GOOD: ShopVersion = { version: '1.0.0', deadline: AMPLE_DEADLINE };

/** Releases that fail, each in its way, in the order in which a machine meets them. */
const FAILING = [
  {
    title: 'its web server does not start',
    version: { version: '2.0.0', deadline: '2m', refusesToServe: true },
  },
  {
    title: 'its kernel panics',
    version: { version: '3.0.0', deadline: AMPLE_DEADLINE, kernelArguments: VERSIONS.broken.kernelArguments },
  },
] as const satisfies readonly { title: string; version: ShopVersion }[];

/** Seconds until the release before serves again. */
interface Fallback {
  /** From the command that restarts into the failing release. */
  readonly fromOrder: number;
  /** From the reset with which the failing release's first start begins. */
  readonly fromStart: number;
}

/** How long it takes until a machine has undone a release that fails. */
export const fallback: Measure<Workshop> = {
  name: 'fallback',
  title: 'Time to automatic fallback, emulated',
  async run(workshop) {
    await using site = await openUpdateSite(workshop, 'update-failing');
    const good = await site.build(GOOD);
    const failing: BuiltShop[] = [];
    for (const { version } of FAILING) failing.push(await site.build(version, good));
    const runs: Fallback[][] = [];
    for (let run = 0; run < workshop.runs; run++) runs.push(await measureFallbacks(workshop, site, good, failing));
    const series = FAILING.flatMap(({ title }, index) =>
      (['fromOrder', 'fromStart'] as const).map((since) => ({
        name: `${title}: ${since === 'fromOrder' ? 'from the order to restart' : 'from its first start'}`,
        ours: true,
        values: runs.map((fallbacks) => fallbacks[index]![since]),
      })),
    );
    return {
      unit: 'seconds',
      series,
      goals: [],
      method:
        'Until the release before answers again, asked for ten times a second from outside; nobody touches the machine meanwhile. From the command that restarts into the failing release, and from the reset with which its first start begins. The machine is emulated (TCG) with one processor and 1 GiB.',
      remarks: [
        `A release whose web server never starts has until the deadline in its definition to prove itself, here 2 min from its start. One that panics is started three times, each ending five seconds after the panic.`,
      ],
    };
  },
};

async function measureFallbacks(
  workshop: Workshop,
  site: UpdateSite,
  good: BuiltShop,
  failing: readonly BuiltShop[],
): Promise<Fallback[]> {
  site.empty();
  await site.publish(good);
  await using machine = await startUpdateMachine(workshop, 'failing', good);
  const found: Fallback[] = [];
  await machine.up(GOOD.version);
  for (const [index, release] of failing.entries()) {
    await machine.atRest();
    await site.publish(release);
    workshop.say(`${FAILING[index]!.title}: ${release.manifest.version} is fetched and written`);
    await stageUpdate(machine);
    found.push(await fallBack(machine, release.manifest.version));
  }
  await machine.device.running.kill();
  return found;
}

async function fallBack(machine: UpdateMachine, version: string): Promise<Fallback> {
  const watch = watchPage(machine.device.page);
  try {
    const { ordered, reset } = await restartBy(machine, 'ashlar update --now');
    const { at } = await watch.answer(` ${GOOD.version}\n`, reset, INSTALL_SECONDS);
    const starts = await machine.up(GOOD.version);
    const troubles = starts.flatMap((start) => start.troubles);
    // A version may come up, panic, or be undone by systemd's deadline before it is up: then the agent knows.
    if (starts.length === 1 && troubles.length === 0) await expectReported(machine, version);
    return { fromOrder: (at - ordered) / 1000, fromStart: (at - reset) / 1000 };
  } finally {
    await watch.stop();
  }
}

/** Makes sure that the agent tells of `version` as what failed last. */
async function expectReported(machine: UpdateMachine, version: string): Promise<void> {
  await machine.atRest();
  const { lastFailure } = deviceReportSchema.parse(JSON.parse(await machine.shell.read('ashlar status --json')));
  if (lastFailure?.generation.version !== version) throw new Error(`nothing tells that ${version} was started`);
}
