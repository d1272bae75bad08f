import { choosePlatform } from '../../../src/formats/oci/choose-platform.ts';
import { parseImageConfig } from '../../../src/formats/oci/image-config.ts';
import { parseImageDocument } from '../../../src/formats/oci/image-document.ts';
import { layerCompression } from '../../../src/formats/oci/media-type.ts';
import { parsePlatform } from '../../../src/formats/oci/platform.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const blob = (mediaType: string) => ({ mediaType, digest: `sha256:${sha256(mediaType)}`, size: 3 });
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const PLATFORM = parsePlatform('linux/amd64');

const EXAMPLES = [
  {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { ...blob(MANIFEST), platform: { os: 'linux', architecture: 'amd64', variant: 'v2' } },
      { ...blob(MANIFEST), platform: { os: 'linux', architecture: 'amd64' }, annotations: { a: 'b' } },
    ],
  },
  {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: blob('application/vnd.docker.container.image.v1+json'),
    layers: [blob('application/vnd.oci.image.layer.v1.tar+gzip')],
  },
  {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['A=b'], Cmd: ['sh'], ExposedPorts: { '80/tcp': {} }, Volumes: null },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256('')}`] },
  },
];

/** Index, manifest or configuration of an image, as a registry or an archive gives it. */
const target: FuzzTarget = {
  name: 'oci-document',
  seeds: () => EXAMPLES.map((example) => Buffer.from(JSON.stringify(example))),
  run(input) {
    if (input.includes('rootfs')) {
      parseImageConfig(input);
      return;
    }
    const document = parseImageDocument(input);
    if (document.kind === 'index') choosePlatform(document, PLATFORM, 'fuzzed');
    else for (const layer of document.layers) layerCompression(layer.mediaType);
  },
};

export default target;
