import { resolve } from 'node:path';
import { AshlarError } from '../../../model/error.ts';
import { formatBytes } from '../../../model/format-bytes.ts';
import { ROUTES, type UpdateOutcome, type UpdatePlan, type UpdateRequest } from '../../socket/agent-api.ts';
import type { ClientCall, ClientExit, ClientVerb } from '../client-verb.ts';
import { followCourse } from '../follow-course.ts';
import { paint } from '../paint.ts';

export const update: ClientVerb = {
  name: 'update',
  summary: 'installs the newest release of the channel beside what runs, and restarts into it when that may be',
  words: '',
  maxWords: 0,
  options: {
    check: { type: 'boolean', help: 'only look whether there is one, whether it fits, and what would be done' },
    'download-only': { type: 'boolean', help: 'install it, but do not start it' },
    now: { type: 'boolean', help: 'restart without waiting for the window and for who is logged in' },
    from: { type: 'string', help: 'take it from this directory (a USB stick) or URL: verified as ever' },
    'allow-expired': { type: 'string', help: 'let expired metadata pass, for this reason, which is recorded' },
    again: { type: 'string', help: 'let this version be tried again, although it was set aside' },
  },
  examples: [
    {
      command: 'ashlar update --check',
      explains: 'is there something newer? 0: yes, 4: no, 3: yes, but it does not fit',
    },
    { command: 'ashlar update --now', explains: 'install it and restart at once' },
    { command: 'ashlar update --from /media/stick', explains: 'without a network' },
  ],
  async run(call) {
    const outcome = await followCourse(call, ROUTES.update, requestOf(call));
    return { exit: EXITS[outcome.outcome], document: outcome, text: outcomeText(outcome) };
  },
};

const EXITS: Record<UpdateOutcome['outcome'], ClientExit> = {
  'nothing-newer': 4,
  available: 0,
  staged: 0,
  armed: 0,
  restarting: 0,
  'set-aside': 0,
  refused: 3,
  failed: 1,
};

function requestOf({ options }: ClientCall): UpdateRequest {
  const { check, now, from, again } = options;
  const chosen = [check, options['download-only'], now].filter((flag) => flag === true);
  if (chosen.length > 1) {
    throw new AshlarError('usage', 'Of --check, --download-only and --now only one can be meant.', {
      hint: 'Leave out the others.',
    });
  }
  const mode =
    check === true ? 'check' : options['download-only'] === true ? 'download' : now === true ? 'now' : 'install';
  const allowExpired = options['allow-expired'];
  if (typeof from === 'string') assertSeen(from);
  return {
    mode,
    // The agent has another working directory.
    ...(typeof from === 'string' ? { from: /^[a-z]+:\/\//.test(from) ? from : resolve(from) } : {}),
    ...(typeof allowExpired === 'string' ? { allowExpired } : {}),
    ...(typeof again === 'string' ? { again } : {}),
  };
}

const PLACE_COLUMNS = 20;

/** What an update would do: what comes, what it takes, what goes, step by step. */
function planLines({ fetchBytes, copyBytes, space, removes, steps }: UpdatePlan): string[] {
  const column = (label: string): string => label.padEnd(PLACE_COLUMNS);
  const here = copyBytes === undefined ? '' : `; ${formatBytes(copyBytes)} are on this device`;
  return [
    ...(fetchBytes === undefined ? [] : [`${column('to fetch')}${formatBytes(fetchBytes)}${here}`]),
    ...space.map(
      ({ place, neededBytes, freeBytes }) =>
        `${column(place)}${formatBytes(neededBytes)} of ${formatBytes(freeBytes)} that are free for it`,
    ),
    ...removes.map(({ path, bytes, why }) => `${column('goes')}${path} (${formatBytes(bytes)}): ${why}`),
    ...steps.map((words, index) => `${index + 1}. ${words}`),
  ];
}

/** Places that the agent's sandbox hides from it (ProtectHome=, PrivateTmp=): it would say that nothing is there. */
const HIDDEN = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];

function assertSeen(from: string): void {
  const place = /^[a-z]+:\/\//.test(from) ? from.replace(/^file:\/\//, '') : resolve(from);
  const hidden = HIDDEN.find((folder) => place === folder || place.startsWith(`${folder}/`));
  if (hidden === undefined) return;
  throw new AshlarError('usage', `The agent does not see what is below ${hidden}.`, {
    hint: 'Mount the medium at /mnt or below /media, or copy the repository to a folder below /srv or /var/lib.',
  });
}

/** What an update or a rollback came to, for a person. */
export function outcomeText({ outcome, words, reasons, plan }: UpdateOutcome): string {
  const mark = outcome === 'failed' || outcome === 'refused' ? paint('red', '✖') : paint('green', '✔');
  const why = reasons.map(({ message }) => message).filter((message) => message !== words);
  const lines = [...why, ...(plan === undefined ? [] : planLines(plan))];
  return `${[`${mark} ${words}`, ...lines.map((line) => `    ${line}`)].join('\n')}\n`;
}
