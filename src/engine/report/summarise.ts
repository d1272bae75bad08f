import type { DeviceState } from '../device-state.ts';
import { generationText } from '../generation.ts';

/** Where the device is, in a sentence without a full stop. */
export function summarise({ phase, running }: DeviceState): string {
  const runs = `${generationText(running)} runs`;
  switch (phase.kind) {
    case 'proven':
      return `${runs} and has proved itself`;
    case 'refused':
      return `${runs}; ${phase.target.version} is newer and cannot be installed here`;
    case 'checking':
      return `${runs}; the repository is asked for a release`;
    case 'downloading':
      return `${runs}; ${phase.target.version} is being installed beside it: ${STEP_WORDS[phase.step]}`;
    case 'staged':
      return `${runs}; ${phase.target.version} is installed beside it and ${phase.intent === 'arm' ? 'is being made the next to start' : 'waits for “ashlar update”'}`;
    case 'armed':
      return `${runs}; the next start is that of ${phase.target.version}${phase.round === 2 ? ', for a second round of tries' : ''}`;
    case 'restarting':
      return `${runs}; the machine restarts into ${phase.target.version}`;
    case 'probation':
      return `${runs} on probation: its health has to hold`;
    case 'blessing':
      return `${runs} and is healthy; its boot entry is being made permanent`;
    case 'rolling-back':
      return `${runs}; the machine goes back to ${phase.to.version}: ${phase.cause.summary}`;
    case 'rolled-back':
      return `${runs} instead of ${phase.failed.version}: ${phase.cause.summary}`;
  }
}

const STEP_WORDS = {
  fetch: 'its files are fetched',
  retire: 'the slot is cleared',
  write: 'the slot is written',
  'read-back': 'the slot is read back',
  commit: 'the partition table is written',
} as const;

/** What the device does next by itself; `nextCheck` in milliseconds since 1970, undefined when it never asks by itself. */
export function whatNext({ phase, pin, checks }: DeviceState, nextCheck: number | undefined): string {
  const check =
    nextCheck === undefined ? 'nothing: no repository is configured' : `the repository is asked at ${iso(nextCheck)}`;
  switch (phase.kind) {
    case 'proven':
    case 'refused': {
      const pinned = pin === undefined ? '' : `; the device is pinned to ${pin.version}`;
      const failing =
        checks.failures === 0
          ? ''
          : `, after ${checks.failures} ${checks.failures === 1 ? 'check that failed' : 'checks that failed'}`;
      const given =
        phase.kind === 'refused' && phase.tried
          ? `; ${phase.target.version} is tried again when a person asks (\`ashlar update\`) or the machine has started anew`
          : '';
      return `${check}${failing}${pinned}${given}`;
    }
    case 'checking':
      return 'what the repository answers is verified and a release chosen';
    case 'downloading':
    case 'staged':
      if (phase.kind === 'staged' && phase.intent === 'hold') return check;
      if (phase.problem !== undefined)
        return `it is tried again (failed ${phase.failures} times): ${phase.problem.message}`;
      return phase.intent === 'arm'
        ? 'then the machine restarts as soon as it may'
        : 'then it waits for “ashlar update”';
    case 'armed':
      return phase.waiting.length === 0
        ? 'the machine restarts as soon as it may'
        : `the machine restarts when it may: ${phase.waiting.map(({ message }) => message).join('; ')}`;
    case 'restarting':
      return 'the new generation starts on probation';
    case 'probation':
      return 'when its health has held it is kept; otherwise the machine goes back by itself';
    case 'blessing':
      return phase.problem === undefined ? 'it is kept' : `it is tried again: ${phase.problem.message}`;
    case 'rolling-back':
      return phase.problem === undefined ? 'the machine restarts' : `it is tried again: ${phase.problem.message}`;
    case 'rolled-back':
      return 'what is known of the failure is kept';
  }
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
