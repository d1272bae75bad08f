import { readFileSync, statfsSync } from 'node:fs';
import type { DiskView } from '../../engine/disk-view.ts';
import { meantNext } from '../../engine/report/meant-next.ts';
import { SCRATCH_RESERVE_BYTES } from '../../engine/space/plan-space.ts';
import { formatBytes } from '../../model/format-bytes.ts';
import type { DeviceSession } from '../daemon/device-session.ts';
import { checkRepository } from '../effects/check-repository.ts';
import { keptManifest } from '../effects/kept-manifest.ts';
import { readText } from '../files/read-start.ts';
import { makeProbe } from '../health/make-probe.ts';
import { recordedChecks } from '../health/recorded-checks.ts';
import { readJournal } from '../journal/journal-file.ts';
import { ENTRY_FOLDER } from '../slots/esp-files.ts';
import type { Examination } from '../socket/agent-api.ts';
import { bootChain } from '../system/boot-chain.ts';
import { unitState } from '../system/unit-state.ts';

/** What an examination looks at. */
export interface Patient {
  readonly session: DeviceSession;
  /** Undefined when the disk cannot be read; then `diskProblem` says why. */
  readonly view: DiskView | undefined;
  readonly diskProblem: unknown;
  readonly signal: AbortSignal;
}

type Found = Omit<Examination, 'name' | 'about'>;

const good = (message: string): Found => ({ verdict: 'good', message });
const bad = (message: string, hint: string): Found => ({ verdict: 'bad', message, hint });
const unknown = (message: string): Found => ({ verdict: 'unknown', message });

/** The hardware clock may lie so far behind without anybody noticing. */
const CLOCK_TOLERANCE_MILLISECONDS = 60_000;

/** Every precondition of an update: a name, what it is about, and how it is looked at. */
export const EXAMINATIONS: readonly {
  readonly name: string;
  readonly about: string;
  readonly examine: (patient: Patient) => Found | Promise<Found>;
}[] = [
  {
    name: 'partition-table',
    about: 'both copies of the partition table are whole and equal',
    examine: ({ view, diskProblem }) => {
      if (view === undefined) throw diskProblem;
      const { table } = view;
      if (table.kind === 'sound') return good('both copies are equal');
      return bad(
        `the ${table.damaged} copy is damaged: ${table.why}`,
        'The agent repairs it when it starts: systemctl restart ashlar-agent',
      );
    },
  },
  {
    name: 'slots',
    about: 'there is a slot besides the one that runs',
    examine: ({ view }) => {
      if (view === undefined) return unknown('the disk cannot be read');
      const free = view.slots.filter(({ running }) => !running);
      if (free.length > 0) return good(`${view.slots.length} slots, ${free.length} of them not running`);
      return bad(
        'the only slot is the one that runs',
        'The layout of a disk is fixed when it is installed: give the definition two slots and install anew.',
      );
    },
  },
  {
    name: 'esp',
    about: 'the EFI system partition can be written',
    examine: ({ view }) => {
      if (view === undefined) return unknown('the disk cannot be read');
      const { esp, leftovers } = view;
      const left = leftovers.length === 0 ? '' : `, ${leftovers.length} leftovers of interrupted writes`;
      if (esp.writable) return good(`${formatBytes(esp.freeBytes)} free${left}`);
      return bad(
        'it is read-only',
        'Linux makes a damaged FAT volume read-only: see dmesg. The agent repairs it when it starts.',
      );
    },
  },
  {
    name: 'boot-entry',
    about: 'the boot loader starts what is meant to start',
    examine: ({ view, session: { conductor } }) => {
      if (view === undefined) return unknown('the disk cannot be read');
      const { running } = conductor.state;
      const next = view.entries.find(({ file }) => file === view.next);
      const meant = meantNext(conductor.state);
      if (!view.entries.some(({ rootHash }) => rootHash === running.rootHash)) {
        return bad(
          `no boot entry starts ${running.version}, which runs`,
          `No update is installed then: it would have no way back. Put the boot image of ${running.version} back as ${ENTRY_FOLDER}/${running.name}_${running.version}.efi on the EFI system partition, or install anew.`,
        );
      }
      if (next?.rootHash === meant.rootHash) return good(`${next.file} is next`);
      return bad(
        `${next?.file ?? 'nothing'} is next, not ${meant.version}`,
        'A restart would not start what is meant: see `ashlar status`.',
      );
    },
  },
  {
    name: 'way-back',
    about: 'a generation that works is there to go back to',
    examine: ({ session: { conductor } }) => {
      const { wayBack } = conductor.state;
      return wayBack === undefined
        ? unknown('none: nothing has been updated yet, or the slot is being written')
        : good(`${wayBack.version} in slot ${wayBack.slot}`);
    },
  },
  {
    name: 'var-space',
    about: '/var has room for downloads and the journal',
    examine: ({ session: { device } }) => {
      const { bavail, bsize } = statfsSync(device.paths.state);
      const free = bavail * bsize;
      if (free >= 2 * SCRATCH_RESERVE_BYTES) return good(`${formatBytes(free)} free`);
      return bad(`only ${formatBytes(free)} free`, 'Remove what fills /var: du -xh --max-depth=2 /var');
    },
  },
  {
    name: 'journal',
    about: 'the journal of the agent can be read',
    examine: ({ session: { device } }) => {
      const { entries, unreadable } = readJournal(device.paths.journal);
      return good(`${entries.length} entries${unreadable === 0 ? '' : `, ${unreadable} lines that power cuts tore`}`);
    },
  },
  {
    name: 'clock',
    about: 'the clock is not behind what is known',
    examine: ({ session: { device } }) => {
      const behind = device.now() - Date.now();
      if (behind <= CLOCK_TOLERANCE_MILLISECONDS) return good(new Date().toISOString());
      return bad(
        `the clock says ${new Date().toISOString()}, and it was later before`,
        'Set the clock, or let systemd-timesyncd do it: timedatectl. If it was ahead by mistake before: remove /var/lib/ashlar/last-seen and restart ashlar-agent',
      );
    },
  },
  {
    name: 'trust',
    about: 'the root of trust in the image can be read',
    examine: ({ session: { device } }) =>
      good(`${formatBytes(readFileSync(device.paths.builtInRoot).length)}, channel ${device.config.channel}`),
  },
  {
    name: 'repository',
    about: 'the repository answers, and what it says is signed and fresh',
    examine: async ({ session: { device, conductor }, signal }) => {
      if (device.config.repositories.length === 0) return unknown('no repository is configured');
      const behind = { kind: 'proven', since: 0 } as const;
      const { source, channel } = await checkRepository(device, conductor.state, { by: 'operator', behind }, signal);
      return good(
        `${source} has ${channel.releases.length} releases in ${channel.channel}, signed until ${channel.expires.toISOString()}`,
      );
    },
  },
  {
    name: 'boot-chain',
    about: 'the firmware starts only what is signed',
    examine: ({ session: { device } }) => {
      const chain = bootChain(device.paths.efiVariables);
      return chain === 'enforced'
        ? good('Secure Boot is on')
        : unknown(`${chain}: whoever writes the ESP decides what starts`);
    },
  },
  {
    name: 'watchdog',
    about: 'a hardware watchdog restarts a machine that hangs',
    examine: ({ session: { device } }) => {
      const state = readText(`${device.paths.watchdogs}/watchdog0/identity`);
      return state === undefined ? unknown('none: a machine that hangs stays as it is') : good(state);
    },
  },
  {
    name: 'deadline',
    about: 'systemd holds the deadline of a probation',
    examine: async ({ session: { device } }) => {
      const { active, detail } = await unitState('ashlar-deadline.timer', device.run);
      return active
        ? good(`ashlar-deadline.timer is ${detail}`)
        : bad(`ashlar-deadline.timer is ${detail}`, 'systemctl start ashlar-deadline.timer');
    },
  },
  {
    name: 'health',
    about: 'the health checks of what runs hold now',
    examine: async ({ session: { device, conductor }, signal }) => {
      const manifest = keptManifest(device.paths, conductor.state.running);
      const checks = Object.entries(recordedChecks((manifest ?? device.image).healthChecks));
      if (checks.length === 0) return unknown('the definition has none: whatever starts is kept');
      const results = await Promise.all(
        checks.map(async ([name, check]) => ({ name, ...(await makeProbe(check, device.run)(signal)) })),
      );
      const failing = results.filter(({ passed }) => !passed);
      if (failing.length === 0) return good(`${results.length} of ${results.length} pass`);
      const words = failing.map(({ name, output }) => `${name}: ${output}`).join('; ');
      return bad(words, 'A new release with these checks would be undone now.');
    },
  },
];
