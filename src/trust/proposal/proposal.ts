import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { documentBytes } from '../../model/manifest.ts';
import { parseDocument } from '../../model/parse-document.ts';
import type { RoleType } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import type { PreparedFiles } from '../metadata/plan-commit.ts';

/** Two targets files and a long chain of roots; who carries a file of another size carries something else. */
export const MAX_PROPOSAL_BYTES = 32 << 20;
/** As many rotations as a client follows in one refresh. */
const MAX_ROOTS = 1024;

/**
 * A change of root or targets that waits for signatures: what is published, and what is to be. It is carried to people whose keys lie on machines without a
 * network; each adds signatures. Nothing in it is trusted: who signs checks it against a root of their own, who publishes against the repository.
 */
export interface Proposal {
  /** What was typed, for people. Not signed: nobody decides by it. */
  readonly about: string;
  /** All roots of the repository up to the published one, the oldest first: from the one that a signer knows to the one that is built on. */
  readonly roots: readonly Metadata<'root'>[];
  /** The published targets. */
  readonly targets: Metadata<'targets'>;
  /** What is to be published instead. */
  readonly proposed: PreparedFiles;
}

const file = z.looseObject({});
const schema = z.strictObject({
  format: z.literal('ashlar-proposal/1'),
  about: z.string().max(1024),
  roots: z.array(file).min(1).max(MAX_ROOTS),
  targets: file,
  proposed: z
    .strictObject({ root: file.optional(), targets: file.optional() })
    .refine(({ root, targets }) => root !== undefined || targets !== undefined, 'proposes nothing'),
});

/** Takes the bytes of a proposal apart, from a stick or a mail. Throws `proposal-invalid`, `metadata-invalid`. */
export function parseProposal(bytes: Buffer): Proposal {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AshlarError('proposal-invalid', `This is not a change that waits for signatures: ${why}.`, {
      hint: 'Name the file that was written with --prepare; if it was damaged on the way, carry it again.',
      cause,
    });
  };
  const { about, roots, targets, proposed } = parseDocument(bytes, schema, MAX_PROPOSAL_BYTES, refuse);
  return {
    about,
    roots: roots.map((root) => metadataOf(root, 'root')),
    targets: metadataOf(targets, 'targets'),
    proposed: {
      root: proposed.root === undefined ? undefined : metadataOf(proposed.root, 'root'),
      targets: proposed.targets === undefined ? undefined : metadataOf(proposed.targets, 'targets'),
    },
  };
}

/** The bytes of a proposal. */
export function proposalBytes({ about, roots, targets, proposed }: Proposal): Buffer {
  const { root, targets: next } = proposed;
  return documentBytes({
    format: 'ashlar-proposal/1',
    about,
    roots: roots.map(json),
    targets: json(targets),
    proposed: {
      ...(root === undefined ? {} : { root: json(root) }),
      ...(next === undefined ? {} : { targets: json(next) }),
    },
  });
}

function metadataOf<Type extends RoleType>(value: object, type: Type): Metadata<Type> {
  return parseMetadata(documentBytes(value), type, `${type}.json`);
}

function json({ bytes }: Metadata<RoleType>): object {
  return JSON.parse(bytes.toString()) as object;
}
