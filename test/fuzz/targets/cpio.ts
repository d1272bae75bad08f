import { parseCpio } from '../../../src/formats/cpio/parse-cpio.ts';
import { writeCpio } from '../../../src/formats/cpio/write-cpio.ts';
import { bytesOf } from '../../../src/model/byte-string.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** An initrd's archive. */
const target: FuzzTarget = {
  name: 'cpio',
  seeds: () => [
    writeCpio([
      { path: bytesOf('bin'), type: 'directory', mode: 0o755 },
      { path: bytesOf('bin/sh'), type: 'file', mode: 0o755, content: Buffer.from('#!') },
      { path: bytesOf('init'), type: 'symlink', mode: 0o777, target: bytesOf('bin/sh') },
    ]),
  ],
  run(input) {
    parseCpio(input);
  },
};

export default target;
