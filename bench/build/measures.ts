import type { Measure } from '../measure.ts';
import { boot } from './boot.ts';
import { coldBuild } from './cold-build.ts';
import { erofsWriting } from './erofs-writing.ts';
import { imageSize } from './image-size.ts';
import { peakMemory } from './peak-memory.ts';
import { rebuildFile } from './rebuild-file.ts';
import { rebuildPackage } from './rebuild-package.ts';
import type { Subjects } from './subjects.ts';
import { verityTree } from './verity-tree.ts';

/** What `npm run bench -- build` measures, in the order of the report. */
export const BUILD_MEASURES: readonly Measure<Subjects>[] = [
  rebuildFile,
  coldBuild,
  rebuildPackage,
  imageSize,
  erofsWriting,
  verityTree,
  boot,
  peakMemory,
];
