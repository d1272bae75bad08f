import type { Signer } from '../keys/signer.ts';
import type { Metadata } from '../metadata/parse-metadata.ts';
import { addSignatures } from '../metadata/sign-metadata.ts';
import { countSignatures } from '../metadata/verify-metadata.ts';
import type { Proposal } from './proposal.ts';
import { type AwaitedFile, verifyProposal } from './verify-proposal.ts';

/** A proposal with the signatures of `signers` too, as far as theirs are of use, and how many were added. `trusted` is the root of who signs. */
export async function signProposal(
  proposal: Proposal,
  trusted: Buffer,
  signers: readonly Signer[],
): Promise<{ readonly proposal: Proposal; readonly added: number }> {
  let added = 0;
  const proposed: { root?: Metadata<'root'>; targets?: Metadata<'targets'> } = {};
  const files = verifyProposal(proposal, trusted);
  const sign = async <Type extends 'root' | 'targets'>(
    role: Type,
    metadata: Metadata<Type> | undefined,
  ): Promise<Metadata<Type> | undefined> => {
    const file = files.find((each) => each.role === role);
    if (metadata === undefined || file === undefined) return metadata;
    const signed = await addSignatures(metadata, nameOf(file), file.useful, signers);
    const before = new Set(metadata.signatures.map(({ sig }) => sig));
    added += signed.signatures.filter(({ sig }) => !before.has(sig)).length;
    return signed;
  };
  const [root, targets] = [
    await sign('root', proposal.proposed.root),
    await sign('targets', proposal.proposed.targets),
  ];
  if (root !== undefined) proposed.root = root;
  if (targets !== undefined) proposed.targets = targets;
  return { proposal: { ...proposal, proposed }, added };
}

/** What a file still lacks. */
export interface MissingSignatures {
  /** `2.root.json` */
  readonly file: string;
  readonly missing: number;
  /** Of the keys that may sign now, or of those that may once the change is published. */
  readonly keys: 'present' | 'to-be';
  /** Ids of keys that have not signed, and could. */
  readonly by: readonly string[];
}

/** What the files of a proposal still lack; nothing for those that are complete. */
export function missingOf(files: readonly AwaitedFile[]): MissingSignatures[] {
  return files.flatMap((file) =>
    file.needed.flatMap(({ keys, by }) => {
      const { threshold, keyids } = by.role;
      const missing = threshold - countSignatures(file.metadata, by);
      if (missing <= 0) return [];
      const signed = new Set(file.metadata.signatures.map(({ keyid }) => keyid));
      return [{ file: nameOf(file), missing, keys, by: keyids.filter((id) => !signed.has(id)) }];
    }),
  );
}

function nameOf({ role, metadata }: AwaitedFile): string {
  return `${metadata.signed.version}.${role}.json`;
}
