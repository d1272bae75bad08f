/** Languages in which `ashlar init` can write. */
export type DefinitionLanguage = 'typescript' | 'yaml';

/** A first definition, with what people look for next in comments: a system that boots and shows something. */
export function firstDefinition(name: string, language: DefinitionLanguage): { file: string; text: string } {
  return language === 'typescript' ? { file: 'os.ts', text: typescript(name) } : { file: 'os.yaml', text: yaml(name) };
}

const typescript = (name: string): string => `import { defineSystem } from 'ashlar';

export default defineSystem({
  name: '${name}',
  version: '0.1.0',
  base: { suite: 'trixie' },
  packages: [],
  files: {
    '/etc/motd': 'Welcome to ${name}. This system is read-only; what lasts lives in /var.\\n',
  },
  // For trying: whoever reaches the serial console is root. Without this line there is no console and no login.
  console: { serial: true, login: 'root-autologin' },

  // To log in over SSH instead, add 'openssh-server' to packages and:
  // services: { enable: ['ssh.service'] },
  // users: { me: { shell: '/bin/bash', sshKeys: ['ssh-ed25519 AAAA… me'] } },
});
`;

const yaml = (name: string): string => `name: ${name}
version: 0.1.0
base:
  suite: trixie
packages: []
files:
  /etc/motd: |
    Welcome to ${name}. This system is read-only; what lasts lives in /var.
# For trying: whoever reaches the serial console is root. Without these lines there is no console and no login.
console:
  serial: true
  login: root-autologin

# To log in over SSH instead, add openssh-server to packages and:
# services:
#   enable: [ssh.service]
# users:
#   me:
#     shell: /bin/bash
#     sshKeys: [ssh-ed25519 AAAA… me]
`;
