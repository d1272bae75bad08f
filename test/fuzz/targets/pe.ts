import { parsePe, sectionContent } from '../../../src/formats/pe/parse-pe.ts';
import { samplePe } from '../../../src/formats/pe/sample-pe.fixture.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A boot image: headers, section table, the content of every section. */
const target: FuzzTarget = {
  name: 'pe',
  seeds: () => [
    samplePe({
      sections: [
        { name: '.text', content: Buffer.from('code') },
        { name: '.cmdline', content: Buffer.from('panic=5 roothash=00') },
        { name: '.osrel', content: Buffer.from('IMAGE_ID=system\n') },
      ],
    }),
    samplePe({ signed: true, headerBytes: 0x400, sections: [{ name: '.linux', content: Buffer.alloc(500, 1) }] }),
  ],
  run(input) {
    for (const section of parsePe(input).sections) sectionContent(input, section);
  },
};

export default target;
