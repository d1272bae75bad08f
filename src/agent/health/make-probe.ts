import type { HealthCheck } from '../../model/definition/definition.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import type { CheckResult, Probe } from './check-result.ts';
import { commandProbe } from './command-probe.ts';
import { fileProbe } from './file-probe.ts';
import { httpProbe } from './http-probe.ts';
import { tcpProbe } from './tcp-probe.ts';
import { unitProbe } from './unit-probe.ts';

/** How to try `check`; a try that takes longer than its time-out has failed. `run` runs programs of the device. */
export function makeProbe(check: HealthCheck, run: RunOnDevice): Probe {
  const probe = probeOf(check, run);
  return async (signal) => {
    const late = AbortSignal.timeout(check.timeout);
    const both = AbortSignal.any([signal, late]);
    let stop = (): void => {};
    const aborted = new Promise<CheckResult>((resolve) => {
      stop = () => resolve({ passed: false, output: `no answer within ${check.timeout / 1000} s` });
      both.addEventListener('abort', stop, { once: true });
    });
    try {
      return both.aborted ? { passed: false, output: 'stopped' } : await Promise.race([probe(both), aborted]);
    } finally {
      both.removeEventListener('abort', stop);
    }
  };
}

function probeOf(check: HealthCheck, run: RunOnDevice): Probe {
  switch (check.kind) {
    case 'unit':
      return unitProbe(check.unit, run);
    case 'http':
      return httpProbe(check);
    case 'tcp':
      return tcpProbe(check);
    case 'command':
      return commandProbe(check.command, check.timeout, run);
    case 'file':
      return fileProbe(check);
  }
}
