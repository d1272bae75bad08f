import type { Entry } from '../tree.fixture.ts';

const SERVICE = '[Service]\nExecStart=/bin/true\n';
const unit = (install: string): string => `[Unit]\nDescription=x\n${SERVICE}[Install]\n${install}`;

/** Units that use every way of being enabled, for comparing with systemctl. */
export const PRESET_TREE: Readonly<Record<string, Entry>> = {
  '/usr/lib/systemd/system/plain.service': unit('WantedBy=multi-user.target\n'),
  '/usr/lib/systemd/system/off.service': unit('WantedBy=multi-user.target\n'),
  '/usr/lib/systemd/system/static.service': SERVICE,
  '/usr/lib/systemd/system/many.service': unit('WantedBy=a.target b.target\nRequiredBy=c.target\nUpheldBy=d.target\n'),
  '/usr/lib/systemd/system/aliased.service': unit('WantedBy=multi-user.target\nAlias=nick.service dbus-x.service\n'),
  '/usr/lib/systemd/system/also.service': unit('WantedBy=multi-user.target\nAlso=also.socket off-too.service\n'),
  '/usr/lib/systemd/system/also.socket': `[Socket]\nListenStream=/run/x\n[Install]\nWantedBy=sockets.target\n`,
  '/usr/lib/systemd/system/off-too.service': unit('WantedBy=multi-user.target\nAlso=also.service\n'),
  '/usr/lib/systemd/system/tmpl@.service': unit('WantedBy=multi-user.target\nDefaultInstance=one\n'),
  '/usr/lib/systemd/system/bare@.service': unit('WantedBy=multi-user.target other@.service\n'),
  '/usr/lib/systemd/system/inst@.service': unit('WantedBy=%i.target\nAlias=alias-%i.service\nAlso=extra@%i.service\n'),
  '/usr/lib/systemd/system/extra@.service': unit('WantedBy=%p-%i.target\n'),
  '/usr/lib/systemd/system/reset.service': unit('WantedBy=gone.target\nWantedBy=\nWantedBy=kept.target\n'),
  '/usr/lib/systemd/system/dropped.service': SERVICE,
  '/usr/lib/systemd/system/dropped.service.d/10-install.conf': '[Install]\nWantedBy=from-drop-in.target\n',
  '/usr/lib/systemd/system/masked.service': unit('WantedBy=multi-user.target\n'),
  '/etc/systemd/system/masked.service': { link: '/dev/null' },
  '/usr/lib/systemd/system/link.service': { link: 'plain.service' },
  '/usr/lib/systemd/system/overridden.service': unit('WantedBy=usr.target\n'),
  '/etc/systemd/system/overridden.service': unit('WantedBy=etc.target\n'),
  '/usr/lib/systemd/system/ignored.service': unit('WantedBy=multi-user.target\n'),
  '/usr/lib/systemd/system-preset/10-first.preset':
    '# first\nenable inst@.service red green\ndisable off*.service\nenable plain.service\n',
  '/usr/lib/systemd/system-preset/20-hidden.preset': 'disable plain.service\ndisable aliased.service\n',
  '/etc/systemd/system-preset/20-hidden.preset': 'disable ignored.service\n',
  '/usr/lib/systemd/system-preset/90-last.preset': 'disable many.s?rvice2\ndisable extra@*\n',
};

/** The links that `systemctl preset-all` of systemd 257 makes of it; the oracle test holds the two equal. */
export const PRESET_LINKS: readonly string[] = [
  '/etc/systemd/system/a.target.wants/many.service -> /usr/lib/systemd/system/many.service',
  '/etc/systemd/system/b.target.wants/many.service -> /usr/lib/systemd/system/many.service',
  '/etc/systemd/system/c.target.requires/many.service -> /usr/lib/systemd/system/many.service',
  '/etc/systemd/system/d.target.upholds/many.service -> /usr/lib/systemd/system/many.service',
  '/etc/systemd/system/dbus-x.service -> /usr/lib/systemd/system/aliased.service',
  '/etc/systemd/system/etc.target.wants/overridden.service -> /etc/systemd/system/overridden.service',
  '/etc/systemd/system/extra-green.target.wants/extra@green.service -> /usr/lib/systemd/system/extra@.service',
  '/etc/systemd/system/extra-red.target.wants/extra@red.service -> /usr/lib/systemd/system/extra@.service',
  '/etc/systemd/system/from-drop-in.target.wants/dropped.service -> /usr/lib/systemd/system/dropped.service',
  '/etc/systemd/system/green.target.wants/inst@green.service -> /usr/lib/systemd/system/inst@.service',
  '/etc/systemd/system/kept.target.wants/reset.service -> /usr/lib/systemd/system/reset.service',
  '/etc/systemd/system/multi-user.target.wants/aliased.service -> /usr/lib/systemd/system/aliased.service',
  '/etc/systemd/system/multi-user.target.wants/also.service -> /usr/lib/systemd/system/also.service',
  '/etc/systemd/system/multi-user.target.wants/off-too.service -> /usr/lib/systemd/system/off-too.service',
  '/etc/systemd/system/multi-user.target.wants/plain.service -> /usr/lib/systemd/system/plain.service',
  '/etc/systemd/system/multi-user.target.wants/tmpl@one.service -> /usr/lib/systemd/system/tmpl@.service',
  '/etc/systemd/system/nick.service -> /usr/lib/systemd/system/aliased.service',
  '/etc/systemd/system/other@.service.wants/bare@.service -> /usr/lib/systemd/system/bare@.service',
  '/etc/systemd/system/red.target.wants/inst@red.service -> /usr/lib/systemd/system/inst@.service',
  '/etc/systemd/system/sockets.target.wants/also.socket -> /usr/lib/systemd/system/also.socket',
];
