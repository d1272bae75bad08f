import { deviceReport } from '../../engine/report/device-report.ts';
import type { DeviceReport } from '../../model/device-report.ts';
import type { Sha256 } from '../../model/digest.ts';

/** The report of a device as it leaves the factory. */
export function factoryReport(): DeviceReport {
  const running = { name: 'web', version: '1', rootHash: 'ab'.repeat(32) as Sha256, slot: 0 };
  const at = Date.UTC(2030, 0, 1);
  return deviceReport({
    at,
    bootId: '00000000-0000-4000-8000-000000000000',
    state: {
      running,
      proven: running,
      phase: { kind: 'proven', since: at },
      quarantine: [],
      checks: { failures: 0 },
    },
    view: undefined,
    verified: { root: true, bootChain: 'not-enforced' },
    entries: [],
    considered: [],
    warnings: [],
  });
}
