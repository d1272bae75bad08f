import type { RunOnDevice } from '../system/run-on-device.ts';
import { unitState } from '../system/unit-state.ts';
import type { Probe } from './check-result.ts';

/**
 * Whether `unit` is active, and still the same run of it: one that systemd restarted between two looks was down in between, and
 * counts as a failure once (systemd.exec(5), `INVOCATION_ID`).
 */
export function unitProbe(unit: string, run: RunOnDevice): Probe {
  let lastRun: string | undefined;
  return async (signal) => {
    const { active, detail, invocation } = await unitState(unit, run, signal);
    const restarted = lastRun !== undefined && invocation !== lastRun;
    lastRun = active ? invocation : undefined;
    if (!active) return { passed: false, output: `${unit} is ${detail}` };
    if (restarted) return { passed: false, output: `${unit} is ${detail}, but was started anew meanwhile` };
    return { passed: true, output: `${unit} is ${detail}` };
  };
}
