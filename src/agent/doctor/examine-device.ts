import type * as z from 'zod';
import type { DiskView } from '../../engine/disk-view.ts';
import type { DeviceSession } from '../daemon/device-session.ts';
import { objectionOf } from '../effects/objection-of.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import type { doctorReportSchema, Examination } from '../socket/agent-api.ts';
import { EXAMINATIONS } from './examinations.ts';

/** Looks at everything that an update needs, now. Whatever an examination throws is what it found. */
export async function examineDevice(
  session: DeviceSession,
  signal: AbortSignal,
): Promise<z.infer<typeof doctorReportSchema>> {
  let view: DiskView | undefined;
  let diskProblem: unknown;
  try {
    view = await session.device.withDisk(inspectDisk);
  } catch (error) {
    diskProblem = error;
  }
  const examinations: Examination[] = [];
  for (const { name, about, examine } of EXAMINATIONS) {
    try {
      examinations.push({ name, about, ...(await examine({ session, view, diskProblem, signal })) });
    } catch (error) {
      examinations.push({ name, about, verdict: 'bad', message: objectionOf(error).message });
    }
  }
  return { healthy: examinations.every(({ verdict }) => verdict !== 'bad'), examinations };
}
