import type { PhaseKind } from '../src/engine/device-state.ts';
import type { EventKind } from '../src/engine/event.ts';
import { TABLE } from '../src/engine/transition/table.ts';

/** What each phase is, for the page; the order is that of an update. */
const PHASES: { readonly [P in PhaseKind]: string } = {
  proven: 'At rest on a generation that has proved itself.',
  checking: 'The repository is asked, its answer verified, a release chosen. What was at rest before stays behind it.',
  refused: 'At rest; there is a newer release, and this device cannot take it: the objections say why.',
  downloading:
    'The target goes into its slot: fetch, retire, write, read-back, commit (design of the disk: ARCHITECTURE.md).',
  staged: 'The slot holds the target, read back and named; no entry with tries starts it yet.',
  armed: 'The next start is the target’s. Windows, inhibitors and logins are waited for.',
  restarting: 'A restart into the target has been asked for.',
  probation: 'The target runs, and has to show that it is healthy.',
  blessing: 'Health has held; the boot entry loses its counter.',
  'rolling-back': 'The entry of what runs is marked bad, then the machine restarts.',
  'rolled-back': 'The older generation runs; what is known of the failure is being kept.',
};

/** Events that are in every row: they would hide the others. */
const COMMON = ['booted', 'resumed', 'pinned', 'evidence-kept'] as const;
/** These are in every row as well, and no phase is another after them. */
const SILENT = ['unpinned', 'quarantine-lifted'] as const;
const IN_EVERY_ROW: readonly EventKind[] = [...COMMON, ...SILENT];

/** `docs/development/update-states.md`: the table of `src/engine/transition/table.ts` as a diagram and as tables. */
export function updateStatesDocument(): string {
  const phases = Object.keys(PHASES) as PhaseKind[];
  const rows = (phase: PhaseKind): [EventKind, readonly PhaseKind[]][] =>
    Object.entries(TABLE[phase])
      .filter(([event]) => !(IN_EVERY_ROW as readonly string[]).includes(event))
      .map(([event, rule]): [EventKind, readonly PhaseKind[]] => [event as EventKind, rule.to])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const edges = phases.flatMap((from) =>
    rows(from).flatMap(([event, to]) => to.filter((phase) => phase !== from).map((phase) => ({ from, phase, event }))),
  );
  const joined = Map.groupBy(edges, ({ from, phase }) => `  ${id(from)} --> ${id(phase)}`);
  const diagram = [...joined].map(([arrow, events]) => `${arrow}: ${events.map(({ event }) => event).join(', ')}`);
  const always = phases.map((phase) => {
    const cells = COMMON.map((event) => list(TABLE[phase][event]?.to ?? []));
    return `| ${[phase, ...cells].join(' | ')} |`;
  });
  const sections = phases.map((phase) => {
    const lines = rows(phase).map(([event, to]) => `| \`${event}\` | ${list(to)} |`);
    const table = lines.length === 0 ? '' : `\n| event | leads to |\n| --- | --- |\n${lines.join('\n')}\n`;
    return `## ${phase}\n\n${PHASES[phase]}\n${table}`;
  });
  return `# The states of a device

Made by \`npm run docs\` from the table in \`src/engine/transition/table.ts\`. An event that a phase does not list is an error there (\`device-state-conflict\`). The events are
explained in \`src/engine/event.ts\`, what is done on the way in \`src/engine/effect.ts\`.

\`\`\`mermaid
stateDiagram-v2
  [*] --> proven
${diagram.join('\n')}
\`\`\`

Some events may come at any time. After a start of the machine (\`booted\`) journal, disk and evidence decide where the device is, whatever happened in between; after a start
of the agent alone (\`resumed\`) it goes on where it was. ${SILENT.map((event) => `\`${event}\``).join(' and ')} leave every phase as it is.

| was | ${COMMON.map((event) => `\`${event}\``).join(' | ')} |
| --- |${' --- |'.repeat(COMMON.length)}
${always.join('\n')}

${sections.join('\n')}`;
}

function list(phases: readonly PhaseKind[]): string {
  return phases.toSorted().join(', ');
}

/** Mermaid takes no hyphens in the names of states. */
function id(phase: PhaseKind): string {
  return phase.replace('-', '_');
}
