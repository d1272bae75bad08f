import type { RunOnDevice } from './run-on-device.ts';

/** A unit as systemd sees it. */
export interface UnitState {
  readonly active: boolean;
  /** For a person: `active (running)`, `failed (exit-code)`, `not-found`. */
  readonly detail: string;
  /** Differs with every start of the unit; empty when it has never been started. */
  readonly invocation: string;
}

const PROPERTIES = 'LoadState,ActiveState,SubState,Result,InvocationID';

/** What systemd says of `unit`; a service manager that does not answer makes it inactive, with the reason. */
export async function unitState(unit: string, run: RunOnDevice, signal?: AbortSignal): Promise<UnitState> {
  try {
    const { status, stdout, stderr } = await run(['systemctl', 'show', `--property=${PROPERTIES}`, '--', unit], {
      signal,
    });
    if (status !== 0) return { active: false, detail: stderr.trim(), invocation: '' };
    return parseUnitState(stdout);
  } catch (error) {
    return { active: false, detail: (error as Error).message, invocation: '' };
  }
}

/** Reads what `systemctl show` prints: `Key=value` lines. */
export function parseUnitState(text: string): UnitState {
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const [load, active, sub, result] = ['LoadState', 'ActiveState', 'SubState', 'Result'].map(value);
  const isActive = active === 'active' || active === 'reloading';
  const more = isActive ? sub : result === 'success' ? sub : result;
  const detail = load === 'loaded' || load === '' ? `${active} (${more})` : load;
  return { active: isActive, detail: detail ?? '', invocation: value('InvocationID') };
}
