import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Definition } from '../../model/definition/definition.ts';
import { DefinitionError } from '../../model/definition/definition-error.ts';
import { evaluateDefinition } from './evaluate-definition.ts';

const root = mkdtempSync(join(tmpdir(), 'ashlar-definition-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function folder(files: Readonly<Record<string, string>>): string {
  const directory = join(root, String(folders++));
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const HEAD = 'name: a\nversion: "1"\nbase: {suite: trixie}\n';

/** A folder with `yaml` behind what every definition needs, and other files beside it. */
const definition = (yaml: string, files: Readonly<Record<string, string>> = {}): string =>
  folder({ 'os.yaml': HEAD + yaml, ...files });

/** `rule path` of everything that is found. */
async function rules(directory: string): Promise<string[]> {
  try {
    return (await evaluateDefinition(directory)).warnings.map(({ rule, path }) => `${rule} ${path}`);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.findings.map(({ severity, rule, path }) => `${severity === 'error' ? '!' : ''}${rule} ${path}`);
  }
}

describe('where a definition is', () => {
  it('is said when there is none, or more than one', async () => {
    await assert.rejects(evaluateDefinition(join(root, 'nowhere')), { code: 'definition-not-found' });
    await assert.rejects(evaluateDefinition(folder({})), { code: 'definition-not-found' });
    await assert.rejects(evaluateDefinition(folder({ 'os.toml': '' })), { code: 'definition-not-found' });
    await assert.rejects(evaluateDefinition(join(folder({ 'x.toml': '' }), 'x.toml')), {
      code: 'definition-not-found',
    });
    await assert.rejects(evaluateDefinition(folder({ 'os.ts': '', 'os.yaml': '' })), { code: 'definition-ambiguous' });
  });

  it('may be a file of any name', async () => {
    const directory = folder({ 'server.yml': HEAD, 'os.ts': 'not looked at' });
    assert.equal((await evaluateDefinition(join(directory, 'server.yml'))).definition.name, 'a');
  });
});

describe('a definition that is complete', () => {
  it('follows directory links, settles defaults and folds enable and mask into services', async () => {
    const directory = definition(
      `
files:
  /home/alice/.profile: {from: ./profile, owner: alice, mode: '0600'}
  /bin/hello: {template: ./hello.tmpl, values: {who: world}, mode: '0755'}
units:
  hello.service: {Service: {ExecStart: /bin/hello}, Install: {WantedBy: multi-user.target}, enable: true}
  apt-daily.timer: {mask: true}
  old.service: {enable: false}
services: {enable: [nginx.service]}
users: {alice: {shell: /bin/bash}, svc: {system: true}, root: {}}
console: {serial: true}
`,
      { profile: 'PATH=/usr/bin\n', 'hello.tmpl': '#!/bin/sh\necho {{ who }}\n' },
    );
    const { definition: found, warnings, sources } = await evaluateDefinition(directory);
    assert.deepEqual(warnings, []);
    assert.deepEqual(Object.keys(found.files), ['/usr/bin/hello', '/var/home/alice/.profile']);
    assert.equal(found.files['/usr/bin/hello']?.content.bytes.toString(), '#!/bin/sh\necho world\n');
    assert.equal(found.files['/usr/bin/hello']?.mode, 0o755);
    assert.equal(found.files['/var/home/alice/.profile']?.owner, 'alice');
    assert.deepEqual(found.services, {
      enable: ['hello.service', 'nginx.service'],
      disable: ['old.service'],
      mask: ['apt-daily.timer'],
    });
    const homes = Object.entries(found.users).map(([name, { home, group }]) => [name, home, group]);
    assert.deepEqual(homes, [
      ['alice', '/var/home/alice', 'alice'],
      ['root', '/root', 'root'],
      ['svc', '/var/lib/svc', 'svc'],
    ]);
    assert.equal(found.console.serial, 'ttyS0');
    assert.equal(found.hostname, 'a');
    assert.match(found.image.salt, /^[0-9a-f]{64}$/);
    assert.deepEqual(
      sources.map((path) => path.slice(directory.length + 1)),
      ['hello.tmpl', 'os.yaml', 'profile'],
    );
  });

  it('has a digest of what it says, whatever it is written in', async () => {
    const yaml = definition('files: {/etc/motd: {from: ./motd}}\npackages: [x1]\n', { motd: 'hi' });
    const json = folder({
      'os.json':
        '{"version":"1","packages":["x1"],"base":{"suite":"trixie"},"files":{"/etc/motd":{"content":"hi","mode":"0644"}},"name":"a"}',
    });
    const typescript = folder({
      'os.ts':
        "import { defineSystem, fragment } from 'ashlar';\nexport default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, use: [fragment('x', { packages: ['x1'] })], files: { '/etc/motd': 'hi' } });",
    });
    const digests = await Promise.all(
      [yaml, json, typescript].map(async (place) => (await evaluateDefinition(place)).digest),
    );
    assert.equal(new Set(digests).size, 1);
    writeFileSync(join(yaml, 'motd'), 'ho');
    assert.notEqual((await evaluateDefinition(yaml)).digest, digests[0]);
  });
});

/** One health check; and the form of a root of trust. */
const CHECKED = 'healthChecks: {web: {kind: tcp, port: 80}}\n';
const ROOT = '{"signed": {"_type": "root"}, "signatures": []}';

describe('what a schema cannot say', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['version: "1.0.0-rc1"\n', ['pre-release-sorts-last version']],
    [
      'packages: [nginx]\nexclude: [nginx, linux-image-cloud-amd64]\n',
      ['!package-excluded exclude[0]', '!package-excluded exclude[1]'],
    ],
    ['packages: [nginx, curl, nginx]\n', ['duplicate packages[2]']],
    ['files: {/usr/bin/x: a}\nsymlinks: {/bin/x: y}\n', ['!path-twice symlinks["/bin/x"]']],
    ['files: {/etc/x: a, /etc/x/y/z: b}\n', ['!parent-not-directory files["/etc/x/y/z"]']],
    [
      'files: {/etc/hostname: a}\nsymlinks: {/lib/os-release: b}\n',
      ['!path-reserved files["/etc/hostname"]', '!path-reserved symlinks["/lib/os-release"]'],
    ],
    ["files: {/usr/bin/su: {content: '', mode: '4755'}}\n", ['!set-id-not-allowed files["/usr/bin/su"].mode']],
    ["files: {/usr/bin/su: {content: '', mode: '4755'}}\nsurface: {setuid: [/bin/su]}\n", []],
    ['services: {enable: [x.service], mask: [x.service]}\n', ['!unit-contradiction services.mask[0]']],
    ['units: {x.service: {mask: true, enable: true}}\n', ['!unit-contradiction units["x.service"].mask']],
    ['services: {enable: [getty@.service]}\n', ['!template-without-instance services.enable[0]']],
    [
      'units: {x.timer: {Timer: {OnCalendar: daily}, Install: {WantedBy: timers.target}, enable: true}}\n',
      ['timer-without-service units["x.timer"]'],
    ],
    [
      'units: {x.service: {Service: {ExecStart: /bin/true}, enable: true}}\n',
      ['!unit-not-installable units["x.service"]'],
    ],
    [
      'users: {a: {uid: 5}, b: {uid: 5}}\ngroups: {a: {gid: 6}, b: {gid: 6}}\n',
      ['!id-twice users.b.uid', '!id-twice groups.b.gid'],
    ],
    [
      'files: {/etc/x: {content: a, owner: ghost, group: ghost}}\n',
      ['account-unknown files["/etc/x"].owner', 'account-unknown files["/etc/x"].group'],
    ],
    ['users: {a: {groups: [sudo, ghost]}}\n', ['account-unknown users.a.groups[1]']],
    ['locale: de_DE.UTF-8\n', ['!locale-missing locale']],
    [`${CHECKED}updates: {trust: ./root.json}\n`, []],
    ['updates: {trust: ./root.json}\n', ['no-health-checks updates']],
    [`${CHECKED}updates: {trust: ./sub/t}\n`, ['!not-a-root-of-trust updates.trust']],
    [`${CHECKED}updates: {trust: ./nothing}\n`, ['!file-missing updates.trust.from']],
    [
      `${CHECKED}updates: {trust: ./root.json, probation: {grace: 1m, duration: 9m, deadline: 10m}}\n`,
      ['!probation-too-short updates.probation'],
    ],
    [
      `${CHECKED}updates: {trust: ./root.json, probation: {grace: 1s, duration: 1s, deadline: 25s}}\n`,
      ['!probation-misses-check healthChecks.web'],
    ],
    ['containers: {redis: {image: docker.io/library/redis:8}}\n', ['not-applied-yet containers']],
    // Broken values do not keep the sound ones beside them from being checked.
    [
      'timeZone: Nowhere\nusers: {a: {uid: 5, shell: x}, b: {uid: 5}, c: {uid: 5}}\n',
      ['!invalid-value timeZone', '!invalid-value users.a.shell', '!id-twice users.b.uid', '!id-twice users.c.uid'],
    ],
    ['files: {/etc/x: {from: ./nothing}}\n', ['!file-missing files["/etc/x"].from']],
    ['files: {/etc/x: {from: .}}\n', ['!path-outside-root files["/etc/x"].from']],
    ['files: {/etc/x: {from: ./sub}}\n', ['!file-missing files["/etc/x"].from']],
    ['files: {/etc/x: {from: sub/../../x}}\n', ['!path-outside-root files["/etc/x"].from']],
    ['files: {/etc/x: {from: ./link}}\n', ['!path-outside-root files["/etc/x"].from']],
    ['files: {/etc/x: {from: ./pipe}}\n', ['!file-missing files["/etc/x"].from']],
    ['files: {/etc/x: {template: ./sub/t}}\n', ['!template undefined']],
  ];
  for (const [yaml, expected] of table) {
    it(yaml.trim(), async () => {
      const text = yaml.startsWith('version') ? HEAD.replace(/version.*\n/, '') + yaml : HEAD + yaml;
      const directory = folder({ 'os.yaml': text, 'sub/t': '{{ x }}', 'root.json': ROOT });
      symlinkSync('/etc/hostname', join(directory, 'link'));
      execFileSync('mkfifo', [join(directory, 'pipe')]);
      assert.deepEqual((await rules(directory)).toSorted(), expected.toSorted());
    });
  }
});

describe('a definition in TypeScript', () => {
  const SYSTEM = "import { defineSystem, fragment } from 'ashlar';\n";
  const table: readonly (readonly [name: string, code: string, expected: string])[] = [
    ['does not parse', 'export default {,};', 'syntax 2:17'],
    ['needs more than leaving types out', 'enum A { B }\nexport default A;', 'syntax 2:1'],
    ['throws', 'const x: { y?: { z: number } } = {};\nexport default x.y!.z;', 'exception 3:21'],
    ['imports what is not there', "import x from './x.ts';\nexport default x;", 'exception 2:15'],
    ['exports nothing', 'defineSystem({} as never);', 'no-system undefined:undefined'],
    ['exports data without defineSystem', "export default { name: 'a' };", 'no-system undefined:undefined'],
    [
      'holds what is no data',
      "export default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, files: { '/etc/x': (() => 'x') as never } });",
      'not-data 2:102',
    ],
    [
      'holds a fragment in the wrong place',
      "export default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, packages: [fragment('f', {}) as never] });",
      'not-data 2:94',
    ],
    [
      'uses what is no fragment',
      "export default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, use: [{} as never] });",
      'not-data 2:89',
    ],
    [
      'contains itself',
      "const a: Record<string, unknown> = {};\na['a'] = a;\nexport default defineSystem({ name: 'a', version: '1', base: { suite: 'trixie' }, sysctl: a as never });",
      'not-data 4:83',
    ],
  ];
  for (const [name, code, expected] of table) {
    it(`that ${name}, is a finding`, async () => {
      await assert.rejects(evaluateDefinition(folder({ 'os.ts': SYSTEM + code })), (error) => {
        assert(error instanceof DefinitionError, String(error));
        const [first] = error.findings;
        assert.equal(
          `${first?.rule} ${first?.place?.line}:${first?.place?.column}`,
          expected,
          JSON.stringify(error.findings),
        );
        return true;
      });
    });
  }
});

describe('the examples', () => {
  const examples = join(import.meta.dirname, '../../../examples');
  const evaluated = async (name: string): Promise<Definition> => {
    const { definition: found, warnings } = await evaluateDefinition(join(examples, name));
    assert.deepEqual(warnings, []);
    return found;
  };

  it('have no findings', async () => {
    assert.equal((await evaluated('web-server')).files['/srv/www/index.html']?.mode, 0o644);
    assert.deepEqual((await evaluated('web-server')).services.enable, ['nginx.service', 'trim-logs.timer']);
    assert((await evaluated('container-host')).packages.includes('podman'));
  });

  it('say the same in YAML as in TypeScript', async () => {
    assert.deepEqual(await evaluated('minimal/yaml'), await evaluated('minimal'));
  });
});

describe('a file made to take long', () => {
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, at) => line(at)).join('');
  const table: readonly (readonly [string, string])[] = [
    ['unknown keys', many(10_000, (at) => `pakages${at}: 1\n`)],
    ['bad paths', `files:\n${many(10_000, (at) => `  x${at}: ''\n`)}`],
    ['bad unit names', `units:\n${many(10_000, (at) => `  x.servcie${at}: ''\n`)}`],
    ['packages', `packages: [${many(10_000, (at) => `p${at},p${at},`)}]\n`],
    ['deep paths', `files:\n${many(200, (at) => `  ${'/a'.repeat(2000)}${at}: ''\n`)}`],
    ['quotes', `kernelArguments: ['${'a"'.repeat(250)}', '${'!'.repeat(512)}é']\n`],
    ['one long line', `x: ["${'a'.repeat(1e6)}\n`],
  ];
  for (const [name, yaml] of table) {
    it(`does not: ${name}`, { timeout: 30_000 }, async () => {
      try {
        const { warnings } = await evaluateDefinition(definition(yaml));
        assert(warnings.length > 0 && warnings.length <= 101);
      } catch (error) {
        assert(error instanceof DefinitionError, String(error));
        assert(error.findings.length > 0 && error.findings.length <= 101);
      }
    });
  }
});
