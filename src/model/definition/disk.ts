import * as z from 'zod';
import { MEBIBYTE, sizeSchema } from './size.ts';
import { strict } from './strict.ts';

/** The disk's layout, frozen when a disk is installed: leave head room. Sizes are in bytes in the output. */
export const disk = strict({
  esp: sizeSchema({
    min: 64 * MEBIBYTE,
    fallback: '512M',
    about: 'EFI system partition: loader and boot images of the running release, the next one and the way back.',
  }),
  slots: z
    .int()
    .min(2)
    .max(8)
    .default(2)
    .describe('How many root images fit on the disk side by side: the running one and the next. Default: 2.'),
  slotSize: sizeSchema({
    min: 64 * MEBIBYTE,
    fallback: '2G',
    about: 'Room for one root image; its hash tree has a partition of its own beside it.',
  }),
  var: strict({
    minSize: sizeSchema({
      min: 64 * MEBIBYTE,
      fallback: '1G',
      about: 'Least size of `/var`. It takes what the disk has beyond the rest.',
    }),
  })
    .prefault({})
    .describe('The partition for what lasts: `/var`, and with it `/home` and `/root`.'),
})
  .prefault({})
  .describe('Layout of the disk. It is frozen when a disk is installed, so leave head room.');
