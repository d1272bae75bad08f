import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mirrorsFor } from '../../src/build/resolve/mirrors-for.ts';
import type { Lock } from '../../src/model/lock.ts';
import { trixieCommand } from '../../test/oracle/trixie.ts';
import { type TimedProgram, timedProgram } from '../timed-program.ts';
import type { Workshop } from './workshop.ts';

const TEMPLATE = fileURLToPath(new URL('../mkosi', import.meta.url));
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What the image needs that Ashlar takes from packages without installing them: systemd-boot and its stub. */
const BOOT_PACKAGE = 'systemd-boot-efi';

/** The peer: a mkosi project that makes an image of the packages of a lock. */
export interface MkosiProject {
  /** Takes the packages of `lock`, and more of whatever version, from now on. */
  readonly usePackages: (lock: Lock, more?: readonly string[]) => void;
  readonly changeFile: (text: string) => void;
  /**
   * `mkosi --force build`. `incremental` keeps the tree with the packages installed for the next build. Nothing is downloaded,
   * except while `preparing`.
   */
  readonly build: (options: MkosiBuild) => Promise<TimedProgram>;
  /** The disk that the last build made. */
  readonly disk: string;
}

export interface MkosiBuild {
  readonly incremental?: boolean;
  readonly preparing?: boolean;
  readonly watchMemory?: boolean;
}

export async function mkosiProject(workshop: Workshop, lock: Lock): Promise<MkosiProject> {
  const directory = workshop.fresh('mkosi/project');
  const [cache, packageCache, output] = ['cache', 'packages', 'output'].map((name) => workshop.kept(`mkosi/${name}`));
  cpSync(TEMPLATE, directory, { recursive: true });
  for (const folder of ['mkosi.conf.d', 'mkosi.sandbox/etc/apt/sources.list.d', 'mkosi.extra/usr/share/bench']) {
    mkdirSync(join(directory, folder), { recursive: true });
  }
  writeFileSync(join(directory, 'mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources'), await sources(lock));
  writeFileSync(
    join(directory, 'mkosi.conf.d/directories.conf'),
    `[Output]
OutputDirectory=${output}

[Build]
CacheDirectory=${cache}
PackageCacheDirectory=${packageCache}
WorkspaceDirectory=${workshop.kept('mkosi/workspace')}
`,
  );
  const project: MkosiProject = {
    usePackages(used, more = []) {
      const installed = used.packages.filter(({ group, name }) => group === 'root' || name === BOOT_PACKAGE);
      const words = [...installed.map(({ name, version }) => `${name}=${version}`), ...more];
      const list = words.map((word) => `Packages=${word}\n`).join('');
      writeFileSync(join(directory, 'mkosi.conf.d/packages.conf'), `[Content]\n${list}`);
    },
    changeFile: (text) => writeFileSync(join(directory, 'mkosi.extra/usr/share/bench/marker'), `${text}\n`),
    build({ incremental = false, preparing = false, watchMemory = false }) {
      const words = [
        '--force',
        `--incremental=${incremental ? 'yes' : 'no'}`,
        `--cache-only=${preparing ? 'auto' : 'always'}`,
        'build',
      ];
      const { command, env } = trixieCommand(['mkosi', ...words], { binds: [workshop.directory], cwd: directory });
      return timedProgram(command, { env: { ...env }, watchMemory });
    },
    disk: join(output!, 'peer.raw'),
  };
  project.usePackages(lock);
  project.changeFile('as first built');
  return project;
}

/** The lock's suites as apt reads them (sources.list(5)), from the mirror that Ashlar uses. */
async function sources({ request }: Lock): Promise<string> {
  const { archive, security } = await mirrorsFor(request);
  return request.suites
    .map(
      ({ suite, components }) => `Types: deb
URIs: ${suite.endsWith('-security') ? security : archive}
Suites: ${suite}
Components: ${components.join(' ')}
Signed-By: ${KEYRING}
`,
    )
    .join('\n');
}
