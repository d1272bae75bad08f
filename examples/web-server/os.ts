import { defineSystem } from 'ashlar';
import { nginx } from './nginx.ts';

/** A web server that serves one page. The page is part of the image: changing it means a new version. */
export default defineSystem({
  name: 'web-server',
  version: '1.0.0',
  base: { suite: 'trixie' },
  kernel: 'cloud',
  use: [nginx({ port: 80, root: '/srv/www' })],
  files: {
    '/srv/www/index.html': { from: './index.html' },
  },
  units: {
    // The access log is the only thing here that grows.
    'trim-logs.service': {
      Unit: { Description: 'Remove logs older than a week' },
      Service: { Type: 'oneshot', ExecStart: '/usr/bin/find /var/log/nginx -name *.log -mtime +7 -delete' },
    },
    'trim-logs.timer': {
      Timer: { OnCalendar: 'daily', RandomizedDelaySec: '1h' },
      Install: { WantedBy: 'timers.target' },
      enable: true,
    },
  },
  // The boot can be watched on the serial port; nobody can log in there.
  console: { serial: true },
});
