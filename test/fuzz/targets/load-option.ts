import { encodeLoadOption, parseLoadOption } from '../../../src/formats/efi/load-option.ts';
import { NIL_UUID } from '../../../src/formats/uuid.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** A `Boot####` variable of the firmware: ours are told from those of others by it. */
const target: FuzzTarget = {
  name: 'load-option',
  seeds: () => [
    encodeLoadOption({
      description: 'Ashlar',
      partition: { number: 1, uuid: NIL_UUID, start: 2048, sectors: 524_288 },
      path: 'EFI/systemd/systemd-bootx64.efi',
    }),
  ],
  run(input) {
    const option = parseLoadOption(input);
    if (option !== undefined && !encodeLoadOption(option).equals(input))
      throw new Error('it would be written otherwise');
  },
};

export default target;
