import type { DeviceReport } from '../../model/device-report.ts';
import { paint } from './paint.ts';

const LABEL_COLUMNS = 12;
const HISTORY_LINES = 5;

/** A device's report for a person: what runs, what is next and why, what there is besides, what went wrong last. */
export function renderReport(report: DeviceReport): string {
  const { running, verified, generations, lastFailure, health, pin, updates, warnings, considered, history } = report;
  const chain = {
    enforced: 'enforced by Secure Boot',
    'not-enforced': 'not enforced: Secure Boot is off',
    unknown: 'unknown',
  };
  const lines = [
    '',
    `  ${paint('bold', `${running.name} ${running.version}`)}  ${paint(TONES[report.phase] ?? 'cyan', report.phase)}`,
    `  ${report.summary}`,
    '',
    line('root', verified.root ? 'verified by dm-verity, read-only' : paint('red', 'NOT VERIFIED')),
    line('boot chain', chain[verified.bootChain]),
    ...(report.progress === undefined ? [] : [line('working', progressText(report.progress))]),
    ...(health === undefined
      ? []
      : [line('health', healthText(health)), ...health.waitingFor.map((check) => line('', check))]),
    line('next', report.next),
    ...report.waiting.map(({ message }) => line('', paint('yellow', message))),
    ...(pin === undefined
      ? []
      : [
          line(
            'pinned',
            `to ${pin.version} since ${when(pin.since)}${pin.reason === undefined ? '' : `: ${pin.reason}`}`,
          ),
        ]),
    ...(updates?.problem === undefined ? [] : [line('last check', paint('yellow', updates.problem.message))]),
    ...(updates?.lastAnswer === undefined
      ? []
      : [line('answered', `${when(updates.lastAnswer)}, channel ${updates.channel}`)]),
    ...warnings.map(({ message }) => line('warning', paint('yellow', message))),
    '',
    '  slots',
    ...generations.map((held) => slotLine(held, report.wayBack)),
  ];
  if (lastFailure !== undefined) {
    lines.push('', `  last failure, ${when(lastFailure.at)}`);
    lines.push(
      `    ${lastFailure.generation.name} ${lastFailure.generation.version}: ${paint('red', lastFailure.cause.summary)}`,
    );
    for (const detail of lastFailure.cause.details.slice(-HISTORY_LINES)) lines.push(paint('dim', `      ${detail}`));
    if (lastFailure.report !== undefined)
      lines.push(paint('dim', `      all of it: /var/lib/ashlar/reports/${lastFailure.report}`));
  }
  const rejected = considered.filter(({ verdict }) => !['running', 'older', 'other-system'].includes(verdict));
  if (rejected.length > 0) {
    lines.push(
      '',
      '  releases of the channel',
      ...rejected.map(({ version, words }) => `    ${version.padEnd(LABEL_COLUMNS)}${words}`),
    );
  }
  if (history.length > 0) lines.push('', '  history', ...history.slice(0, HISTORY_LINES).map(historyLine));
  return `${lines.join('\n')}\n`;
}

/** An item of the history on a line. */
export function historyLine({ at, words }: DeviceReport['history'][number]): string {
  return `    ${paint('dim', when(at))}  ${words}`;
}

const TONES: Partial<Record<DeviceReport['phase'], 'green' | 'yellow' | 'red'>> = {
  proven: 'green',
  refused: 'yellow',
  probation: 'yellow',
  'rolling-back': 'red',
  'rolled-back': 'red',
};

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_COLUMNS)}${text}`;
}

function slotLine(
  { slot, name, version, rootHash, standing, running, next, triesLeft }: DeviceReport['generations'][number],
  wayBack: DeviceReport['wayBack'],
): string {
  const marks = [
    standing,
    ...(running ? ['runs'] : []),
    ...(rootHash === wayBack?.rootHash ? ['the way back'] : []),
    ...(next ? ['starts next'] : []),
    ...(triesLeft === undefined ? [] : [`${triesLeft} tries left`]),
  ];
  return `    ${slot}  ${`${name} ${version}`.padEnd(2 * LABEL_COLUMNS)}${marks.join(', ')}`;
}

function healthText({ holding, of, provenAt }: NonNullable<DeviceReport['health']>): string {
  const proven = provenAt === undefined ? '' : `; kept at ${when(provenAt)} if that goes on`;
  return `${holding} of ${of} checks hold${proven}`;
}

/** How far work is: `writing the system 40 %`. */
export function progressText({ activity, done, total }: NonNullable<DeviceReport['progress']>): string {
  return `${activity} ${total === 0 ? 0 : Math.floor((100 * done) / total)} %`;
}

function when(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
