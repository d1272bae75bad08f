import { join } from 'node:path';
import { ashlar } from './ashlar-project.ts';
import type { Subjects } from './subjects.ts';

/** The root of the system that Ashlar built, as files: what both writers of images are given. Needs root. */
export async function extractRoot({ workshop, ashlar: prepared }: Subjects): Promise<string> {
  const { project } = await prepared();
  const tree = workshop.fresh('root-tree');
  await ashlar(['fs', 'extract', join(project.release, 'root.erofs'), '-C', tree]);
  return tree;
}
