import type { DefinitionInput } from '../../src/model/definition/definition-input.ts';
import type { Accelerator } from '../../src/vm/machine-options.ts';
import { AGENT_ON_CONSOLE } from './narrate-machine.ts';

/** What is particular about a version of the story's system. */
export interface StoryVersion {
  readonly version: string;
  /** What a person would write into the list of changes. */
  readonly change: string;
  /** Reads the site's own settings from /var, as the device has them. */
  readonly readsSettings?: boolean;
  readonly kernelArguments?: readonly string[];
}

/** The name of the system: a shop's till that shows a page. */
export const SYSTEM = 'shop';

/** Where a shop may have settings of its own, which outlive updates. */
export const SETTINGS_FOLDER = '/var/lib/shop';

/** The releases of the story, in their order. */
export const VERSIONS = {
  first: { version: '1.0.0', change: 'the first one' },
  good: { version: '2.0.0', change: 'a new page' },
  unfit: { version: '3.0.0', change: `nginx reads ${SETTINGS_FOLDER}/*.conf`, readsSettings: true },
  // As a manual advises for a database, but with nothing left that may be promised: not even the boot image's first program can be started.
  broken: {
    version: '4.0.0',
    change: 'memory is promised strictly, for a database',
    kernelArguments: ['sysctl.vm.overcommit_memory=2', 'sysctl.vm.overcommit_ratio=0'],
  },
  fixed: { version: '5.0.0', change: 'neither of the two' },
} as const satisfies Readonly<Record<string, StoryVersion>>;

/**
 * A check that never holds fails a version at the deadline, so the story waits for it; and a machine that is emulated on a busy host may take minutes to
 * start what holds.
 */
export const DEADLINES: Readonly<Record<Accelerator, string>> = { kvm: '90s', tcg: '6m' };

/** What is slow because the host is busy is not ill. */
const PACE = { interval: '2s', timeout: '30s' } as const;

/**
 * The definition of a version: nginx with one page, health checks, and an agent that looks for releases often, so that the story is short.
 *
 * @param repository URL of the repository as the machine reaches it.
 * @param deadline how long after a start a version may take to prove itself; see {@link DEADLINES}.
 */
export function storyDefinition(
  { version, readsSettings = false, kernelArguments = [] }: StoryVersion,
  repository: string,
  deadline: string,
): DefinitionInput {
  const include = readsSettings ? `  include ${SETTINGS_FOLDER}/*.conf;\n` : '';
  return {
    name: SYSTEM,
    version,
    base: { suite: 'trixie' },
    kernel: 'cloud',
    packages: ['nginx-light'],
    services: { enable: ['nginx.service'] },
    kernelArguments: [...kernelArguments],
    files: {
      ...AGENT_ON_CONSOLE,
      '/etc/nginx/sites-available/default': `server {\n  listen 80 default_server;\n  root /srv/www;\n${include}}\n`,
      '/srv/www/index.html': `${SYSTEM} ${version}\n`,
    },
    healthChecks: {
      nginx: { kind: 'unit', unit: 'nginx.service', ...PACE },
      page: { kind: 'http', url: 'http://127.0.0.1/', contains: `${SYSTEM} ${version}`, ...PACE },
    },
    updates: {
      repository,
      channel: 'stable',
      trust: 'root.json',
      checkEvery: '30s',
      jitter: '1s',
      probation: { grace: '30s', duration: '20s', deadline },
      waitForLogins: false,
    },
    // For watching only: whoever reaches the serial port is root.
    console: { serial: true, login: 'root-autologin' },
  };
}
