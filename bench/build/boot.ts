import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import { ashlar } from './ashlar-project.ts';
import type { Subjects } from './subjects.ts';
import type { Workshop } from './workshop.ts';

const GOAL_SECONDS = 25;
const GOAL_SHARE = 0.7;
/** More than either image has: room for /var to be made, or to grow. */
const DISK_BYTES = 8 * 2 ** 30;
/** Emulated on a busy machine; something is wrong when it takes longer. */
const BOOT_SECONDS = 600;
const POWER_OFF_SECONDS = 120;
/** What systemd says on the console when the target is reached (its message catalogue and unit names both appear in builds). */
const MULTI_USER = /Reached target .*(?:multi-user\.target|Multi-User System)/;
const PROMPT = /[#$] $/;
/** Shows what systemd does, the same for both: neither prints its progress otherwise. */
const SHOWN = 'io.systemd.stub.kernel-cmdline-extra=console=ttyS0 systemd.show_status=yes';

/** Seconds from QEMU's start to multi-user of the first boot of a disk, and of the second. */
interface Boots {
  readonly first: number;
  readonly second: number;
}

/** QEMU's start to multi-user, the same machine for both images. */
export const boot: Measure<Subjects> = {
  name: 'boot',
  title: 'QEMU start to multi-user, emulated',
  async run({ workshop, ashlar: prepared, mkosi }) {
    const { project } = await prepared();
    const peer = await mkosi();
    const disk = join(workshop.fresh('disk'), 'minimal.raw');
    await ashlar(['image', project.release, '-o', disk]);
    const [ours, theirs] = await interleaved(workshop.runs, [
      (run) => {
        workshop.settle(`boot ${run + 1}: Ashlar`);
        return bootTwice(workshop, disk);
      },
      (run) => {
        workshop.settle(`boot ${run + 1}: mkosi`);
        return bootTwice(workshop, peer.disk);
      },
    ]);
    return {
      unit: 'seconds',
      series: [
        { name: 'Ashlar, first boot', ours: true, values: ours!.map(({ first }) => first) },
        { name: 'mkosi, first boot', ours: false, values: theirs!.map(({ first }) => first) },
        { name: 'Ashlar, second boot', ours: true, values: ours!.map(({ second }) => second) },
        { name: 'mkosi, second boot', ours: false, values: theirs!.map(({ second }) => second) },
      ],
      goals: [
        { kind: 'value', series: 'Ashlar, first boot', atMost: GOAL_SECONDS },
        { kind: 'share', series: 'Ashlar, first boot', of: 'mkosi, first boot', atMost: GOAL_SHARE },
        { kind: 'share', series: 'Ashlar, second boot', of: 'mkosi, second boot', atMost: GOAL_SHARE },
      ],
      method:
        'OVMF, systemd-boot, UKI, EROFS root under dm-verity, /var made at the first boot; emulated (TCG) with two processors and 1 GiB, disk on virtio. Until systemd says on the serial console that multi-user.target is reached. The second boot is that of the same disk after an orderly power-off.',
      remarks: [
        'mkosi’s initrd is the one that it makes by default, with systemd in it; Ashlar’s has a shell script. Ashlar also writes a machine id and lays an overlay over /etc, which the mkosi image does not.',
      ],
    };
  },
};

export async function bootTwice(workshop: Workshop, image: string): Promise<Boots> {
  const log = join(workshop.kept('logs'), `${image.endsWith('peer.raw') ? 'mkosi' : 'ashlar'}.log`);
  rmSync(log, { force: true });
  await using machine = await makeMachine({
    disks: [{ image, writes: 'overlay', size: DISK_BYTES }],
    accelerator: 'tcg',
    // A system that cannot boot restarts, and would do so for ever.
    onReset: 'exit',
    firmwareStrings: [SHOWN],
    serialLog: log,
  });
  const first = await bootOnce(await machine.boot());
  const second = await bootOnce(await machine.boot());
  return { first, second };
}

async function bootOnce(running: RunningMachine): Promise<number> {
  await running.serial.expect(MULTI_USER, BOOT_SECONDS);
  const seconds = running.clock();
  await running.serial.expect(PROMPT, BOOT_SECONDS);
  // From the shell of the autologin: not every image heeds the power button.
  running.serial.send('systemctl poweroff\n');
  await running.expectEvent('powered-off', POWER_OFF_SECONDS);
  await running.ended;
  return seconds;
}
