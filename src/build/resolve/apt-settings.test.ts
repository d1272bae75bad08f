import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aptString, keptSettings } from './apt-settings.ts';

test('how the network is reached is kept, all else of the host is not', () => {
  const kept = [
    'Acquire::http::Proxy "http://proxy.test:3128";',
    'Acquire::http::Proxy::mirror.test "DIRECT";',
    'Acquire::https::CAInfo "/etc/ssl/own.pem";',
    'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";',
    'Acquire::Check-Valid-Until "false";',
  ];
  const dropped = [
    'APT::Install-Recommends "true";',
    'Dir::State "/var/lib/apt";',
    'Acquire::AllowInsecureRepositories "true";',
    'DPkg::Pre-Invoke:: "rm -rf /";',
    'Acquire::http "";',
  ];
  assert.deepEqual(keptSettings([...dropped, ...kept, ''].join('\n')), kept);
});

test('a path that apt cannot be told of is refused', () => {
  assert.equal(aptString('/a b'), '"/a b"');
  assert.throws(() => aptString('/a"; x "'), { code: 'path-unusable' });
});
