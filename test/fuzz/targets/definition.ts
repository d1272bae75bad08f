import { readFileSync } from 'node:fs';
import { checkDefinition } from '../../../src/build/evaluate/check-definition.ts';
import { readYaml } from '../../../src/build/evaluate/read-yaml.ts';
import type { JsonObject } from '../../../src/model/definition/merge.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const EXAMPLE = new URL('../../../examples/minimal/yaml/os.yaml', import.meta.url);

/** Everything in a definition once, as JSON. */
const DENSE = {
  name: 'system',
  version: '1.0.0',
  packages: ['nginx', 'openssh-server'],
  files: { '/etc/motd': { content: 'hello\n', mode: '0644' } },
  users: { admin: { uid: 1000, groups: ['sudo'], sshKeys: ['ssh-ed25519 AAAA'] } },
  kernel: { arguments: ['quiet'], sysctl: { 'net.ipv4.ip_forward': '1' } },
  disk: { esp: '512M', slots: 2, var: '4G' },
  units: { enable: ['nginx.service'] },
};

/** A definition in YAML or JSON: reading, the schema and every check, and the place of every problem. */
const target: FuzzTarget = {
  name: 'definition',
  seeds: () => [readFileSync(EXAMPLE), Buffer.from(JSON.stringify(DENSE, undefined, 1))],
  run(input) {
    const { parts, locate } = readYaml(input.toString('utf8'), 'os.yaml');
    for (const { value, origin } of parts) {
      for (const problem of checkDefinition(value as JsonObject).problems) locate(problem, origin);
    }
  },
};

export default target;
