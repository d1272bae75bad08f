import { readGuestSign } from '../../src/vm/guest-sign.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';

/** Puts what the agent says onto the console as well (`systemd.exec(5)`), where {@link narrateMachine} reads it. */
export const AGENT_ON_CONSOLE = {
  '/etc/systemd/system/ashlar-agent.service.d/console.conf': '[Service]\nStandardError=journal+console\n',
};

/** What the agent logs when it comes into another phase; checks that found nothing are not told of. */
const PHASE = /: (?<from>[a-z-]+) → (?<to>[a-z-]+)$/;
const PHASES: Readonly<Record<string, string>> = {
  downloading: 'the agent fetches the release and writes it beside what runs',
  staged: 'all of it is on the disk, read back, and as it was signed',
  armed: 'it will start next',
  probation: 'it is on probation: its health checks have to hold',
  blessing: 'they held',
  'rolling-back': 'it is given up: the one before is to start',
  'rolled-back': 'the agent keeps the evidence and sets the release aside',
};

/** Says what happens in a machine as it happens, line by line, with the seconds since it was switched on: a wait of minutes is easier with eyes. */
export function narrateMachine({ serial }: Pick<RunningMachine, 'serial'>, say: (text: string) => void): void {
  const tell = (at: number, text: string): void => say(`  ${at.toFixed(0).padStart(5)} s  ${text}`);
  serial.onLine(({ text, at }) => {
    const { from, to } = PHASE.exec(text.trimEnd())?.groups ?? {};
    const phase = from === 'checking' && to !== 'downloading' ? undefined : PHASES[to ?? ''];
    if (phase !== undefined) tell(at, phase);
    const sign = readGuestSign(text);
    switch (sign?.kind) {
      case 'panic':
        return tell(at, `the kernel panics: ${sign.reason}`);
      case 'boot-failed':
        return tell(at, `the boot image gives up: ${sign.reason}`);
      case 'restarting':
        return tell(at, 'the machine restarts');
      case 'ready':
        return tell(at, `${sign.status.name} ${sign.status.version} is up`);
    }
  });
}
