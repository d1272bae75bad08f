import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { definitionSchema } from './definition-schema.ts';
import { problemsOfIssues } from './problems-of-issues.ts';
import { formatPath } from './property-path.ts';

const SYSTEM = { name: 'a', version: '1', base: { suite: 'trixie' } };

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';

/** What is wrong with `part` beside what every definition needs: `path: message | hint`. */
function problems(part: object): string[] {
  const input = { ...SYSTEM, ...part };
  const result = definitionSchema.safeParse(input);
  if (result.success) return [];
  return problemsOfIssues(result.error.issues, input).map(
    ({ path, message, hint }) => `${formatPath(path)}: ${message} | ${hint}`,
  );
}

const file = (mode: unknown) => ({ files: { '/etc/x': { content: '', mode } } });

describe('the schema takes', () => {
  const parts: readonly object[] = [
    { version: '1.5.0~rc1' },
    { version: '2026.10.1' },
    { kernel: { package: 'linux-image-rt-amd64' } },
    file('0644'),
    file('644'),
    file('01777'),
    file(0o644),
    file(0o755),
    file(0o600),
    file(0o777),
    file(0o1777),
    { disk: { esp: '256M', slotSize: '4GiB', slots: 3 } },
    { users: { root: { sshKeys: [`ssh-ed25519 ${KEY} a@b`, `restrict,command="/bin/true" ssh-ed25519 ${KEY}`] } } },
    { users: { alice: { passwordHash: '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7' } } },
    { units: { 'getty@tty1.service': { dropIns: { '10-a.conf': '[Service]\n' } } } },
    { timeZone: 'Europe/Berlin' },
    { timeZone: 'Etc/GMT+1' },
    { kernelArguments: ['quiet', 'console=ttyS1,115200', 'dyndbg="file drivers/usb/* +p"'] },
    { image: { compression: 'zstd:19' } },
    { image: { compression: 'lz4' } },
    { hostname: 'web-1.example.org' },
    { console: { serial: 'ttyAMA0', login: 'prompt' } },
    { healthChecks: { web: { kind: 'http', url: 'https://[::1]:8443/health' }, tcp: { kind: 'tcp', port: 80 } } },
    { updates: { trust: './root.json' } },
    { updates: { trust: './root.json', repository: 'https://updates.example.org/a', bandwidth: '512K' } },
    { updates: { trust: './root.json', repository: ['http://10.0.2.2:8080/', '/mnt/usb'], waitForLogins: false } },
    { updates: { trust: './root.json', windows: [{ days: ['sat'], start: '23:30', length: '2h' }] } },
  ];
  for (const part of parts) it(JSON.stringify(part), () => assert.deepEqual(problems(part), []));
});

describe('the schema refuses', () => {
  const table: readonly (readonly [object, RegExp])[] = [
    [{ name: 'Web' }, /^name: "Web" is not a name/],
    [{ name: undefined }, /^name: "name" is missing \| add it: Name of the system/],
    [{ version: 'v1' }, /^version: "v1" is not a version/],
    [{ version: '1.0+build' }, /^version: /],
    [{ version: '1.0_1' }, /^version: /],
    [file(644), /^files\["\/etc\/x"\]\.mode: the mode 644 is a decimal number \| write '0644'/],
    [file(755), /decimal number \| write '0755'/],
    [file(600), /decimal number/],
    [file(400), /decimal number/],
    [file(1777), /decimal number \| write '1777'/],
    [file(4755), /out of range \| write '4755'/],
    [file('rw-r--r--'), /"rw-r--r--" is not a mode/],
    [file('888'), /"888" is not a mode/],
    [file(-1), /mode/],
    [file(0.5), /mode/],
    [{ files: { '/etc/x': {} } }, /nothing says what is in the file/],
    [{ files: { '/etc/x': { content: 'a', from: './b' } } }, /given 2 times: content, from/],
    [{ files: { '/etc/x': { content: 'a', values: {} } } }, /values but no template/],
    [{ files: { '/etc/x': { from: '/etc/passwd' } } }, /not a path relative to the definition/],
    [{ files: { '/etc/x': { base64: '%' } } }, /base64/],
    [{ files: { '/etc/x': 3 } }, /^files\["\/etc\/x"\]: text or a map belongs here, not a number, 3/],
    [{ files: { '/etc/../x': '' } }, /contains "\." or "\.\."/],
    [{ files: { '/etc/x/': '' } }, /empty name/],
    [{ files: { '/': '' } }, /empty name/],
    [{ files: { '/dev/x': '' } }, /cannot be part of an image/],
    [{ files: { '/var/run/x': '' } }, /nothing is kept under \/run/],
    [{ files: { '/tmp': '' } }, /nothing is kept under \/tmp/],
    [{ files: { [`/${'x'.repeat(256)}`]: '' } }, /too long/],
    [{ files: { '/a\nb': '' } }, /control character/],
    [{ packages: ['nginx=1.2'] }, /write the name alone, "nginx"/],
    [{ packages: 'nginx' }, /^packages: a list belongs here, not text, "nginx"/],
    [{ disk: { slots: 1 } }, /^disk\.slots: 1 is too small \| write at least 2/],
    [{ disk: { slotSize: '0M' } }, /not a size/],
    [{ disk: { esp: '32M' } }, /too small \| write at least "64M"/],
    [{ units: { nginx: '' } }, /write it with its type: "nginx\.service"/],
    [{ units: { '../x.service': '' } }, /not the name of a unit/],
    [{ units: { 'a.service': { Service: { ExecStart: 'a\nUser=root' } } } }, /one line/],
    [{ units: { 'a.service': { Serivce: {} } } }, /no key "Serivce" here \| did you mean "Service"/],
    [{ units: { 'a.service': { Service: {}, content: '' } } }, /given 2 times: content, Service/],
    [{ units: { 'a.service': { dropIns: { '../x.conf': '' } } } }, /not the name of a drop-in/],
    [{ users: { 'Alice!': {} } }, /not a name for a user/],
    [{ users: { a: { uid: 0 } } }, /0 is too small/],
    [{ users: { a: { uid: 65_534 } } }, /65534 is too large/],
    [{ users: { a: { passwordHash: 'secret' } } }, /not a password hash/],
    [{ users: { a: { comment: 'a:b' } } }, /comment/],
    [{ users: { a: { sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] } } }, /private key/],
    [{ users: { a: { sshKeys: [`ssh-rsa ${KEY}`] } } }, /its data is not of type ssh-rsa/],
    [{ users: { a: { sshKeys: [`ssh-ed25519 ${KEY}\nssh-ed25519 ${KEY}`] } } }, /one line/],
    [{ kernelArguments: ['roothash=0'] }, /not the definition's to set/],
    [{ kernelArguments: ['a b'] }, /not one kernel argument/],
    [{ timeZone: 'europe/berlin' }, /did you mean "Europe\/Berlin"/],
    [{ timeZone: '+01:00' }, /no time zone/],
    [{ image: { compression: 'zstd:20' } }, /not a compression/],
    [{ image: { compression: 'zstd:0' } }, /not a compression/],
    [{ image: { salt: 'abc' } }, /not a salt/],
    [{ kernel: 'clowd' }, /^kernel: "clowd" is not one of the values that are possible here \| did you mean "cloud"/],
    [{ console: { login: 'root' } }, /^console\.login: .* \| write one of: "none", "prompt", "root-autologin"/],
    [{ healthChecks: { a: { kind: 'htp', url: '' } } }, /^healthChecks\.a\.kind: "htp" .* \| did you mean "http"/],
    [{ healthChecks: { a: {} } }, /^healthChecks\.a\.kind: "kind" is missing \| write one of: "unit"/],
    [{ healthChecks: { a: { kind: 'tcp', port: 0 } } }, /0 is too small/],
    [{ healthChecks: { a: { kind: 'http', url: 'file:///etc/passwd' } } }, /not a URL for HTTP/],
    [{ sysctl: { swappiness: 1 } }, /not a kernel setting/],
    [{ sysctl: { 'vm.swappiness': 'a\nb' } }, /vm\.swappiness/],
    [{ hostname: '-a' }, /not a host name/],
    [{ symlinks: { '/etc/x': '' } }, /needs a target/],
    [{ updates: {} }, /^updates\.trust: "trust" is missing/],
    [{ updates: { trust: '/etc/root.json' } }, /^updates\.trust: .* not a path relative to the definition/],
    [{ updates: { trust: './r', repository: 'ftp://x/' } }, /not the place of a repository/],
    [{ updates: { trust: './r', repository: 'https://a:b@x/' } }, /not the place of a repository/],
    [{ updates: { trust: './r', channel: 'snapshot' } }, /"snapshot" cannot name a channel/],
    [{ updates: { trust: './r', bandwidth: '512' } }, /"512" is not a rate/],
    [{ updates: { trust: './r', windows: [{ start: '24:00' }] } }, /"24:00" is not a time of day/],
    [{ updates: { trust: './r', tries: 0 } }, /0 is too small/],
    [{ updates: { trust: './r', checkEvery: 3600 } }, /has no unit/],
    [{ base: null }, /^base: a map belongs here, not nothing/],
  ];
  for (const [part, expected] of table) {
    it(JSON.stringify(part).slice(0, 80), () => {
      const found = problems(part);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, expected);
    });
  }

  it('every unknown key, each as one problem', () => {
    assert.deepEqual(problems({ pakages: [], flies: {} }), [
      'pakages: there is no key "pakages" here | did you mean "packages"?',
      'flies: there is no key "flies" here | did you mean "files"?',
    ]);
  });
});

it('sections become a unit file', () => {
  const { units } = definitionSchema.parse({
    ...SYSTEM,
    units: {
      'a.service': {
        Install: { WantedBy: 'multi-user.target' },
        Unit: { Description: 'A', After: ['b.service', 'c.service'] },
        Service: { ExecStart: ['', '/usr/bin/a --flag'], PrivateTmp: true, TimeoutStopSec: 5 },
      },
    },
  });
  const source = units['a.service']?.source;
  assert(source?.kind === 'bytes');
  assert.equal(
    source.bytes.toString(),
    '[Unit]\nDescription=A\nAfter=b.service\nAfter=c.service\n\n[Service]\nExecStart=\nExecStart=/usr/bin/a --flag\nPrivateTmp=yes\nTimeoutStopSec=5\n\n[Install]\nWantedBy=multi-user.target\n',
  );
});
