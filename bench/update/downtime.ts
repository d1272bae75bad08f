import { watchPage } from '../../src/vm/watch-page.ts';
import type { Workshop } from '../build/workshop.ts';
import type { Measure } from '../measure.ts';
import { restartBy, stageUpdate } from './ordered-restart.ts';
import { AMPLE_DEADLINE } from './shop-definition.ts';
import { START_SECONDS, startUpdateMachine, type UpdateMachine } from './update-machine.ts';
import { type BuiltShop, openUpdateSite, type UpdateSite } from './update-site.ts';

const [OLD, NEW] = ['1.0.0', '2.0.0'];

/** How long nobody is served, in seconds; `fetched` are all bytes that the update made the machine ask for. */
interface Away {
  readonly restart: number;
  readonly update: number;
  readonly fetched: number;
}

/** How long a device's service is away for an update. */
export const downtime: Measure<Workshop> = {
  name: 'downtime',
  title: 'Downtime of an update, emulated',
  async run(workshop) {
    await using site = await openUpdateSite(workshop, 'update-downtime');
    const before = await site.build({ version: OLD, deadline: AMPLE_DEADLINE });
    const after = await site.build({ version: NEW, deadline: AMPLE_DEADLINE }, before);
    const runs: Away[] = [];
    for (let run = 0; run < workshop.runs; run++) runs.push(await measureAway(workshop, site, before, after));
    const fetched = Math.max(...runs.map((away) => away.fetched));
    const { uki } = after.manifest.boot;
    return {
      unit: 'seconds',
      series: [
        { name: 'Ashlar, update', ours: true, values: runs.map(({ update }) => update) },
        { name: 'the same machine, plain restart', ours: false, values: runs.map(({ restart }) => restart) },
      ],
      goals: [],
      method:
        'From the last answer of the old release’s web server to the first of the new one’s, asked for ten times a second from outside. The machine is emulated (TCG) with one processor and 1 GiB. What is fetched and written, it is while the old release serves. Plain restart: systemctl reboot, before the update.',
      remarks: [
        `A page and the version were changed. The machine fetched ${megabytes(fetched)} in all for that, a boot image of ${megabytes(uki.size)} among it: its kernel and initrd were on the device.`,
      ],
    };
  },
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function measureAway(workshop: Workshop, site: UpdateSite, before: BuiltShop, after: BuiltShop): Promise<Away> {
  site.empty();
  await site.publish(before);
  await using machine = await startUpdateMachine(workshop, 'downtime', before);
  await machine.up(OLD);
  await machine.atRest();
  const restart = await awayDuring(machine, 'systemctl reboot', OLD);
  await machine.up(OLD);
  await machine.atRest();
  await site.publish(after);
  workshop.say(`${NEW} is fetched and written`);
  const sent = site.sent();
  await stageUpdate(machine);
  const fetched = site.sent() - sent;
  const update = await awayDuring(machine, 'ashlar update --now', NEW);
  await machine.up(NEW);
  await machine.atRest();
  await machine.device.running.kill();
  return { restart, update, fetched };
}

/** Seconds for which the page is away when `command` restarts the machine, until it is that of `version`. */
async function awayDuring(machine: UpdateMachine, command: string, version: string): Promise<number> {
  const watch = watchPage(machine.device.page);
  try {
    await watch.answer('', 0, START_SECONDS);
    const { reset } = await restartBy(machine, command);
    await watch.answer(` ${version}\n`, reset, START_SECONDS);
    return (await watch.stop()).milliseconds / 1000;
  } finally {
    await watch.stop();
  }
}
