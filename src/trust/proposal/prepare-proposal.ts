import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import { MAX_METADATA_BYTES } from '../client/limits.ts';
import { prepareFiles } from '../metadata/commit-draft.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import type { Commit } from '../metadata/plan-commit.ts';
import type { Proposal } from './proposal.ts';

/**
 * What `commit` would publish of root and targets, as a file for others to sign; signed already by the keys at hand. Nothing is written. Throws `usage` when neither
 * changes: then there is nothing that needs others.
 */
export async function prepareProposal(commit: Commit, about: string): Promise<Proposal> {
  const { current } = commit;
  if (current === undefined) throw new TypeError('a proposal without anything published');
  const proposed = await prepareFiles(commit);
  if (proposed.root === undefined && proposed.targets === undefined) {
    throw new AshlarError('usage', '--prepare: nothing of root or targets changes.', {
      hint: 'Run the command without --prepare: the keys that it needs are those of this machine.',
    });
  }
  return { about, roots: await rootsUpTo(commit, current.root), targets: current.targets, proposed };
}

/** All roots that the repository still has, up to the published one. */
async function rootsUpTo({ writer }: Commit, newest: Metadata<'root'>): Promise<Metadata<'root'>[]> {
  const roots = [newest];
  for (let version = newest.signed.version - 1; version > 0; version -= 1) {
    const file = `${version}.root.json`;
    const bytes = await writer.read(`${METADATA_FOLDER}/${file}`, { maxBytes: MAX_METADATA_BYTES.root });
    if (bytes === undefined) break;
    roots.unshift(parseMetadata(bytes, 'root', file));
  }
  return roots;
}
