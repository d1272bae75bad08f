import { defineSystem } from 'ashlar';

/** The smallest system that one can look around in. */
export default defineSystem({
  name: 'minimal',
  version: '1.0.0',
  base: { suite: 'trixie' },
  kernel: 'cloud',
  // For trying only: whoever reaches the serial console is root. A system without these lines has no console and no login.
  console: { serial: true, login: 'root-autologin' },
});
