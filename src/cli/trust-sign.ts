import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import { usingPath } from '../build/using-path.ts';
import { AshlarError } from '../model/error.ts';
import { replaceFile } from '../store/replace-file.ts';
import { readKeyFolder, usableSigners } from '../trust/keys/key-file.ts';
import { describeChanges } from '../trust/proposal/describe-changes.ts';
import { MAX_PROPOSAL_BYTES, type Proposal, parseProposal, proposalBytes } from '../trust/proposal/proposal.ts';
import { type MissingSignatures, missingOf, signProposal } from '../trust/proposal/sign-proposal.ts';
import { verifyProposal } from '../trust/proposal/verify-proposal.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.object({
  file: z.string(),
  about: z.string().describe('What was typed to prepare the change; nobody has signed that'),
  changes: z.array(z.string()).describe('Every difference between what is published and what is to be'),
  added: z.int().describe('Signatures that were added'),
  missing: z.array(
    z.object({
      file: z.string(),
      missing: z.int(),
      keys: z
        .enum(['present', 'to-be'])
        .describe('Root needs signatures of the keys that it has, and of those that it is to have'),
      by: z.array(z.string()).describe('Ids of keys that could sign it'),
    }),
  ),
});

/** Enough of an id to tell keys apart. */
const ID_CHARACTERS = 12;

export default defineVerb({
  command: (command) =>
    command
      .argument('<file>', 'the change that waits for signatures, as --prepare wrote it')
      .requiredOption('--root <root.json>', 'the root that you trust: your own copy of it, not one that came along')
      .option('--keys <folders...>', 'the folders with your keys')
      .option('--show', 'show what would be signed, and sign nothing')
      .option(...PASSPHRASE_OPTION),
  examples: [
    { command: 'ashlar trust sign change.json --root root.json --show', explains: 'what is it that I am to sign?' },
    {
      command: 'ashlar trust sign change.json --root root.json --keys my-keys',
      explains: 'adds your signatures to the file; needs no network and no repository',
    },
  ],
  options: z
    .object({
      arguments: z.tuple([z.string()]),
      root: z.string(),
      keys: z.array(z.string()).default([]),
      show: z.boolean().default(false),
      passphraseFile: z.string().optional(),
    })
    .refine(({ keys, show }) => show || keys.length > 0, {
      path: ['keys'],
      message: 'names the folders with your keys',
    }),
  result: resultSchema,
  async run({ arguments: [file], root, keys, show, passphraseFile }, { progress }) {
    const proposal = readProposal(file);
    const trusted = usingPath(root, () => readFileSync(root));
    const changes = changesOf(proposal, trusted);
    const outcome = (at: Proposal, added: number) => ({
      result: {
        file,
        about: proposal.about,
        changes,
        added,
        missing: missingOf(verifyProposal(at, trusted)).map(toResult),
      },
      exitCode: show || added > 0 ? (0 as const) : (4 as const),
    });
    if (show) return outcome(proposal, 0);
    const passphrase = commandPassphrase(passphraseFile);
    const files = keys.flatMap((folder) => usingPath(folder, () => readKeyFolder(folder, passphrase)));
    // Before the passphrase is asked for: it is the last moment to think.
    for (const change of changes) progress.note(`  ${change}`);
    const signed = await signProposal(proposal, trusted, usableSigners(files));
    if (signed.added === 0 && !isSignedBy(proposal, new Set(files.map(({ id }) => id)))) throw noneOfThese(file);
    if (signed.added > 0) usingPath(file, () => replaceFile(file, proposalBytes(signed.proposal)));
    return outcome(signed.proposal, signed.added);
  },
  text: ({ file, changes, added, missing }, { green, yellow, bold }) =>
    [
      bold(file),
      // Who signed has just read them.
      ...(added > 0 ? [] : changes.map((change) => `  ${change}`)),
      `${added > 0 ? green('✔') : '–'} ${added} ${added === 1 ? 'signature' : 'signatures'} added.`,
      ...missing.map(
        (each) =>
          `  ${yellow(`${each.file} lacks ${each.missing} more`)} of its ${each.keys === 'present' ? 'present keys' : 'keys to be'}: ${each.by.map((id) => id.slice(0, ID_CHARACTERS)).join(' or ')}`,
      ),
      ...(missing.length === 0
        ? ['  Nothing is missing: bring it back to who publishes, for `ashlar trust apply`.']
        : []),
    ].join('\n'),
});

/** Reads a change that waits for signatures, whatever is on the stick. */
export function readProposal(file: string): Proposal {
  return usingPath(file, () => {
    if (statSync(file).size > MAX_PROPOSAL_BYTES) {
      throw new AshlarError('proposal-invalid', `${file} is too long to be a change that waits for signatures.`, {
        hint: 'Name the file that was written with --prepare.',
      });
    }
    return parseProposal(readFileSync(file));
  });
}

function changesOf(proposal: Proposal, trusted: Buffer): string[] {
  return verifyProposal(proposal, trusted).flatMap(({ role, published, metadata }) =>
    describeChanges(published.signed, metadata.signed).map((change) => `${role}: ${change}`),
  );
}

function isSignedBy({ proposed }: Proposal, ids: ReadonlySet<string>): boolean {
  const files = [proposed.root, proposed.targets];
  return files.some((file) => file?.signatures.some(({ keyid }) => ids.has(keyid)) === true);
}

function toResult({ by, ...rest }: MissingSignatures) {
  return { ...rest, by: [...by] };
}

function noneOfThese(file: string): AshlarError {
  return new AshlarError(
    'signers-insufficient',
    `None of these keys may sign what ${file} changes, or can sign here.`,
    {
      hint: 'Name the folder with both the .key.json and the .pem of a key that the file lacks (`--show` lists them).',
    },
  );
}
