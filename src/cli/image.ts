import { extname } from 'node:path';
import { z } from 'zod';
import { convertDisk, DISK_FORMATS, type DiskFormat } from '../build/disk/convert-disk.ts';
import { ENROLMENT_MODES } from '../build/disk/esp-files.ts';
import { secureBootDisk } from '../build/disk/secure-boot-disk.ts';
import { writeDiskImage } from '../build/disk/write-disk-image.ts';
import { draftFile } from '../build/file-draft.ts';
import { readManifest } from '../build/verify/verify-release.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { byteSize } from './byte-size.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  disk: z.string().describe('The file that was written'),
  format: z.enum(DISK_FORMATS),
  diskSize: z.number().int().describe('Bytes that a machine sees'),
  name: z.string(),
  version: z.string(),
  enrolls: z
    .enum(ENROLMENT_MODES)
    .optional()
    .describe('When the loader gives firmware without keys those of Secure Boot'),
});

/** What a file's ending says about its format. */
const FORMAT_OF: Readonly<Record<string, DiskFormat>> = {
  '.qcow2': 'qcow2',
  '.vmdk': 'vmdk',
  '.vhd': 'vhd',
};

export default defineVerb({
  command: (command) =>
    command
      .argument('<release>', 'a release directory, such as out/minimal/1.0.0')
      .requiredOption('-o, --output <file>', 'the disk to write')
      .option('--format <format>', `${DISK_FORMATS.join(', ')}; by default what the name of the file ends in, else raw`)
      .option('--size <size>', 'size of the disk, such as 20G; by default the least that has room for /var')
      .option(
        '--enroll <keys>',
        'sign loader and boot image, and let the loader give these keys to firmware that has none',
      )
      .option(
        '--enroll-when <when>',
        'if-safe: by itself in a virtual machine, elsewhere never; force: everywhere, after 15 s; manual: from the loader’s menu',
        'if-safe',
      )
      .option(...PASSPHRASE_OPTION),
  examples: [
    {
      command: 'ashlar image out/minimal/1.0.0 -o minimal.raw',
      explains: 'a disk to write onto a machine or a USB stick',
    },
    { command: 'ashlar image out/minimal/1.0.0 -o minimal.qcow2 --size 20G', explains: 'for QEMU and OpenStack' },
    {
      command: 'ashlar image out/minimal/1.0.0 -o minimal.raw --enroll keys --enroll-when force',
      explains: 'a disk that makes a machine enforce Secure Boot with your keys',
    },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    output: z.string(),
    format: z.enum(DISK_FORMATS, `must be one of ${DISK_FORMATS.join(', ')}`).optional(),
    size: byteSize.optional(),
    enroll: z.string().optional(),
    enrollWhen: z.enum(ENROLMENT_MODES, `must be one of ${ENROLMENT_MODES.join(', ')}`),
    passphraseFile: z.string().optional(),
  }),
  result: resultSchema,
  async run(options, { progress, signal }) {
    const {
      arguments: [directory],
      output,
      size: diskSize,
      enroll,
      enrollWhen: mode,
    } = options;
    const format = options.format ?? FORMAT_OF[extname(output).toLowerCase()] ?? 'raw';
    const built = readManifest(directory);
    const secured =
      enroll === undefined
        ? undefined
        : await secureBootDisk(directory, built, enroll, commandPassphrase(options.passphraseFile));
    const manifest = secured?.manifest ?? built;
    const { name, version } = manifest;
    const draft = format === 'raw' ? undefined : draftFile(output);
    const raw = draft?.path ?? output;
    const { root, boot } = manifest;
    const total = root.image.size + root.tree.size + boot.uki.size + 2 * boot.loader.size;
    const writing = progress.begin('Writing the disk', { total, unit: 'bytes' });
    try {
      const { size } = await writeDiskImage({
        manifest,
        directory,
        signed: secured?.signed,
        enrolment: secured && { mode, files: secured.enrolment.files },
        out: raw,
        diskSize,
        signal,
        onProgress: (bytes) => writing.advance(bytes),
      });
      writing.end();
      if (format !== 'raw') {
        const converting = progress.begin(`Making it ${format}`);
        await convertDisk(raw, format, output, signal);
        converting.end();
      }
      const enrolls = secured === undefined ? {} : { enrolls: mode };
      return { result: { disk: output, format, diskSize: size, name, version, ...enrolls } };
    } finally {
      draft?.discard();
    }
  },
  text: ({ disk, format, diskSize, name, version, enrolls }) =>
    `${disk}: ${name} ${version}, ${format}, a disk of ${formatBytes(diskSize)}${
      enrolls === undefined ? '' : `, signed; enrols the keys of Secure Boot (${enrolls})`
    }`,
});
