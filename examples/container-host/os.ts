import { defineSystem } from 'ashlar';

/** A host for containers: podman with what it needs to run and connect them. Their images and volumes live in /var. */
export default defineSystem({
  name: 'container-host',
  version: '1.0.0',
  base: { suite: 'trixie' },
  kernel: 'cloud',
  packages: [
    'podman',
    'crun',
    // Recommended by podman, and recommendations are not followed: networks between containers, and names in them.
    'netavark',
    'aardvark-dns',
    'nftables',
    // To fetch images over TLS.
    'ca-certificates',
  ],
  files: {
    // Without this podman asks which registry is meant, and in a service nobody answers.
    '/etc/containers/registries.conf.d/50-docker.conf': 'unqualified-search-registries = ["docker.io"]\n',
  },
  sysctl: {
    // Containers reach the network through the host.
    'net.ipv4.ip_forward': true,
  },
  disk: {
    slotSize: '3G',
    // Container images need room.
    var: { minSize: '8G' },
  },
  healthChecks: {
    podman: { kind: 'command', command: ['/usr/bin/podman', 'info'], timeout: '30s', successes: 1 },
  },
  // For trying only: whoever reaches the serial console is root.
  console: { serial: true, login: 'root-autologin' },
});
