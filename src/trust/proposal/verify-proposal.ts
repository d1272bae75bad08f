import { AshlarError } from '../../model/error.ts';
import { policyOf } from '../client/refresh-trust.ts';
import { loadBuiltInRoot, rootAuthority, verifyNextRoot } from '../client/update-root.ts';
import type { Metadata } from '../metadata/parse-metadata.ts';
import { type Authority, verifyMetadata } from '../metadata/verify-metadata.ts';
import type { Proposal } from './proposal.ts';

/** A file that waits for signatures, and by whom. */
export interface AwaitedFile {
  readonly role: 'root' | 'targets';
  readonly metadata: Metadata<'root' | 'targets'>;
  /** What is published now. */
  readonly published: Metadata<'root' | 'targets'>;
  /** All of them must be satisfied. */
  readonly needed: readonly { readonly keys: 'present' | 'to-be'; readonly by: Authority }[];
  /** Whose signatures are of use: those of the published root's keys too, so that clients that still have it can follow. */
  readonly useful: readonly Authority[];
}

/**
 * Checks what a proposal says is published, from the `trusted` root of who is to sign on: whoever carried the file could show a published state with a
 * key of their own already in it, and the change would look harmless. Gives the files that wait for signatures.
 *
 * Throws `proposal-invalid` when the proposal does not follow from that root, `metadata-unsigned`, `metadata-rollback`, `metadata-invalid`.
 */
export function verifyProposal(proposal: Proposal, trusted: Buffer): AwaitedFile[] {
  const root = publishedRoot(proposal, trusted);
  const { targets, proposed } = proposal;
  verifyMetadata(targets, rootAuthority(root.signed, 'targets'), 'targets.json');
  const files: AwaitedFile[] = [];
  if (proposed.targets !== undefined) {
    // What nobody could read must not be signed.
    policyOf(proposed.targets.signed);
    const next = rootAuthority((proposed.root ?? root).signed, 'targets');
    const useful = proposed.root === undefined ? [next] : [next, rootAuthority(root.signed, 'targets')];
    files.push({
      role: 'targets',
      metadata: proposed.targets,
      published: targets,
      needed: [{ keys: 'to-be', by: next }],
      useful,
    });
  }
  if (proposed.root !== undefined) {
    if (proposed.root.signed.version !== root.signed.version + 1) {
      throw invalid(`it proposes version ${proposed.root.signed.version} of root after version ${root.signed.version}`);
    }
    const [present, next] = [rootAuthority(root.signed, 'root'), rootAuthority(proposed.root.signed, 'root')];
    const needed = [{ keys: 'present', by: present } as const, { keys: 'to-be', by: next } as const];
    files.push({ role: 'root', metadata: proposed.root, published: root, needed, useful: [present, next] });
  }
  return files;
}

function publishedRoot({ roots }: Proposal, trusted: Buffer): Metadata<'root'> {
  let root = loadBuiltInRoot(trusted);
  const newest = roots.at(-1)?.signed.version ?? 0;
  if (newest < root.signed.version) {
    throw invalid(`it builds on version ${newest} of root, and you know version ${root.signed.version}`);
  }
  for (const next of roots) {
    if (next.signed.version <= root.signed.version) continue;
    root = verifyNextRoot(root, next.bytes, `${next.signed.version}.root.json`);
  }
  return root;
}

function invalid(why: string): AshlarError {
  return new AshlarError('proposal-invalid', `The change cannot be signed: ${why}.`, {
    hint: 'Let it be prepared again from what is published now. If that does not help, somebody may have changed the file on its way to you.',
  });
}
