import { defineSystem, type SystemInput } from 'ashlar';
import { site } from './site.ts';

const misspelt = { pakages: ['nginx-light'] };

export default defineSystem({
  name: 'web-server',
  version: '2026.10.01-of-the-web-server-in-berlin',
  base: { suite: 'trixie' },
  ...misspelt,
  files: {
    // An apostrophe in a comment, and brackets in text, don't mislead: ([{
    '/etc/motd': { from: './mtd' },
    '/etc/issue': { content: `a ${'template'} }`, mode: 644 },
    '/proc/version': 'Ashlar',
  },
  kernelArguments: ['quiet', 'root=/dev/sda1'],
  disk: { slotSize: '2 gigabytes' },
  users: {
    alice: { sshKeys: ['ssh-ed25519 AAAA alice'] },
  },
  use: [site('one'), site('two')],
} satisfies SystemInput);
