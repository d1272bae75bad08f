import { parseChallenge } from '../../../src/formats/oci/challenge.ts';
import { imageReferenceText, parseImageReference } from '../../../src/formats/oci/image-reference.ts';
import { parsePlatform, platformDistance, platformText } from '../../../src/formats/oci/platform.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A line each: reference, platform, and what a registry asks for. */
const target: FuzzTarget = {
  name: 'oci-reference',
  seeds: () => [
    Buffer.from(
      `docker.io/library/redis:8@sha256:${sha256('')}\nlinux/arm64/v8\nBearer realm="https://a.example.org/t",service="b"`,
    ),
    Buffer.from('[::1]:5000/a__b/c-d:t\nlinux/amd64\nBasic realm="x"'),
  ],
  run(input) {
    const [reference = '', platform = '', challenge] = input.toString('latin1').split('\n');
    parseChallenge(challenge);
    const read = imageReferenceText(parseImageReference(reference));
    if (imageReferenceText(parseImageReference(read)) !== read) throw new Error('it reads otherwise when written');
    const parsed = parsePlatform(platform);
    if (platformDistance(parsed, parsePlatform(platformText(parsed))) !== 0)
      throw new Error('a platform is not itself');
  },
};

export default target;
