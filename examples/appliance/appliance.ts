import { defineSystem } from 'ashlar';

/** What differs between the releases of this system. */
export interface Appliance {
  readonly version: string;
  /** What the page says. */
  readonly greeting: string;
}

/** A machine that serves one page and updates itself. */
export const appliance = ({ version, greeting }: Appliance) =>
  defineSystem({
    name: 'appliance',
    version,
    base: { suite: 'trixie' },
    kernel: 'cloud',
    packages: ['nginx-light'],
    services: { enable: ['nginx.service'] },
    files: {
      '/etc/nginx/sites-available/default': { from: './site.conf' },
      '/srv/www/index.html': { template: './index.html.tmpl', values: { greeting, version } },
    },
    // What a release must do to be kept: a device that installs one for which this does not hold goes back by itself.
    healthChecks: {
      nginx: { kind: 'unit', unit: 'nginx.service', interval: '2s' },
      page: { kind: 'http', url: 'http://127.0.0.1/', contains: greeting, interval: '2s' },
    },
    updates: {
      // Where QEMU's guests reach the machine that they run on: there `ashlar repo serve` stands in for a web server.
      repository: 'http://10.0.2.2:8040/',
      channel: 'stable',
      // Nobody has the keys that this root of trust names. Make your own with `ashlar trust init`, and copy its root.json here.
      trust: './root.json',
      // In a hurry, for trying: a real device asks every hour or so, and takes minutes to be sure.
      checkEvery: '1m',
      jitter: '5s',
      probation: { grace: '30s', duration: '20s', deadline: '5m' },
      // Whoever looks on at the console below is logged in all the time.
      waitForLogins: false,
    },
    disk: { esp: '256M', slotSize: '512M', var: { minSize: '512M' } },
    // For trying only: whoever reaches the serial console is root.
    console: { serial: true, login: 'root-autologin' },
  });
