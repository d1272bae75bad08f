import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { type PreflightReport, preflightReportSchema } from '../../model/preflight-report.ts';
import { type PreflightRequirement, trialsLeftOut } from '../../model/preflight-requirement.ts';
import { type PreflightVerdict, preflightVerdict } from '../../model/preflight-verdict.ts';
import { openEnvelope, type Signatories } from '../../trust/attestation/open-envelope.ts';
import { MAX_ENVELOPE_BYTES } from '../../trust/attestation/parse-envelope.ts';
import { signAttestation } from '../../trust/attestation/sign-attestation.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../trust/attestation/statement.ts';
import { verifyAttestation } from '../../trust/attestation/verify-attestation.ts';
import { keyMaterial } from '../../trust/keys/public-key.ts';
import type { Signer } from '../../trust/keys/signer.ts';
import { PREFLIGHT_FILES, preflightFolder } from '../release/preflight-folder.ts';

/** A log of a serial port; longer files beside an attestation are none of its. */
const MAX_LOG_BYTES = 64 << 20;
const MILLISECONDS_PER_SECOND = 1000;

/** An attestation that goes into the repository with its release. */
export interface Attested {
  readonly envelope: Buffer;
  readonly logs: readonly Buffer[];
}

/** What came of a preflight, as far as there was one. */
export type PreflightResult =
  | { readonly kind: 'none' }
  /** A DSSE envelope, and where the logs that it names are looked for. */
  | {
      readonly kind: 'signed';
      readonly envelope: Buffer;
      readonly logFolder: string | undefined;
      /** What lies beside it unsigned: it counts when another key has signed the envelope. */
      readonly report?: PreflightReport | undefined;
    }
  | { readonly kind: 'unsigned'; readonly report: PreflightReport; readonly logFolder: string | undefined };

export interface PreflightGate {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the manifest that is published, and of the one that was built: what was tried may be either. */
  readonly manifests: readonly Sha256[];
  readonly result: PreflightResult;
  /** What the channel asks for. */
  readonly required: PreflightRequirement;
  /** Another version of the system that the channel has: devices will update from it. */
  readonly before: string | undefined;
  /** Who may attest: the channel's keys. */
  readonly signatories: Signatories;
  /** Whose decision to do without counts; those who may attest when absent. */
  readonly deciders?: Signatories;
  /** All keys at hand; attestations are signed with those that may attest. */
  readonly signers: readonly Signer[];
  /** A person's reason to publish all the same. */
  readonly skip: string | undefined;
  readonly now: Date;
}

/**
 * Lets a release into a channel by how its preflight went: with an attestation that it passed; with any, or none, where the channel does not ask for it; or by a
 * person's decision, which is signed in the place of what the preflight said. A report that nobody signed yet is signed here. Throws `preflight-required`, `attestation-invalid`.
 */
export async function passPreflightGate(gate: PreflightGate): Promise<Attested | undefined> {
  const { result, skip } = gate;
  const opened = openResult(result, gate);
  const verdict = verdictOf(opened, gate);
  const report = opened?.report;
  const logs = result.kind === 'none' || report === undefined ? [] : logsOf(report, result.logFolder);
  const objection = objectionTo(verdict, report, gate);
  // A new decision stands in the place of an older one.
  if (skip !== undefined && (verdict === 'skipped' || objection !== undefined)) {
    return { envelope: await attest(decision(gate, report, skip), gate), logs };
  }
  if (objection !== undefined && gate.required !== 'not-required') throw refused(gate, objection);
  if (opened === undefined) return undefined;
  return { envelope: opened.envelope ?? (await attest(opened.report, gate)), logs };
}

/** What a preflight said: signed by who may sign it, or to be signed. */
interface OpenedResult {
  readonly report: PreflightReport;
  readonly envelope: Buffer | undefined;
}

type GateVerdict = PreflightVerdict | 'missing' | 'skipped-elsewhere';

/** A person's decision counts for the channels whose keys signed it, and for no others. */
function verdictOf(opened: OpenedResult | undefined, gate: PreflightGate): GateVerdict {
  if (opened === undefined) return 'missing';
  const { report, envelope } = opened;
  const verdict = preflightVerdict(report);
  if (verdict !== 'skipped' || envelope === undefined || gate.deciders === undefined) return verdict;
  return isOpenedBy(envelope, gate.deciders) ? verdict : 'skipped-elsewhere';
}

/** Undefined when there is nothing that counts. Throws `attestation-invalid` when what there is does not, unless a person decides without it. */
function openResult(result: PreflightResult, gate: PreflightGate): OpenedResult | undefined {
  if (result.kind === 'none') return undefined;
  try {
    if (result.kind === 'unsigned') return { report: fitting(result.report, gate), envelope: undefined };
    return openSigned(result, gate);
  } catch (error) {
    if (gate.skip !== undefined && isInvalid(error)) return undefined;
    throw error;
  }
}

function openSigned(
  { envelope, report }: Extract<PreflightResult, { kind: 'signed' }>,
  gate: PreflightGate,
): OpenedResult {
  try {
    return { report: openReport(envelope, gate), envelope };
  } catch (error) {
    if (report === undefined || !isInvalid(error)) throw error;
    return { report: fitting(report, gate), envelope: undefined };
  }
}

function isInvalid(error: unknown): boolean {
  return error instanceof AshlarError && error.code === 'attestation-invalid';
}

function isOpenedBy(envelope: Buffer, signatories: Signatories): boolean {
  try {
    openEnvelope(envelope, IN_TOTO_PAYLOAD_TYPE, signatories);
    return true;
  } catch (error) {
    if (isInvalid(error)) return false;
    throw error;
  }
}

/** What a preflight left in the folder beside the release's files. Throws `path-unusable` when it is something else. */
export function readPreflightResult(releaseDirectory: string): PreflightResult {
  const logFolder = preflightFolder(releaseDirectory);
  const envelope = readSmall(join(logFolder, PREFLIGHT_FILES.attestation));
  const bytes = readSmall(join(logFolder, PREFLIGHT_FILES.report));
  const report = bytes === undefined ? undefined : parseReport(bytes, logFolder);
  if (envelope !== undefined) return { kind: 'signed', envelope, logFolder, report };
  return report === undefined ? { kind: 'none' } : { kind: 'unsigned', report, logFolder };
}

/** A person's decision, with what the preflight said beside it. */
function decision(gate: PreflightGate, report: PreflightReport | undefined, reason: string): PreflightReport {
  return {
    ...(report ?? { trials: [] }),
    release: { name: gate.name, version: gate.version, manifest: gate.manifests[0]! },
    finished: Math.floor(gate.now.getTime() / MILLISECONDS_PER_SECOND),
    skipped: reason,
  };
}

/** Signs with the keys that may attest, and no others: nobody is asked for the passphrase of a key that is not needed. */
async function attest(report: PreflightReport, { signers, signatories }: PreflightGate): Promise<Buffer> {
  const accepted = new Set(signatories.keys.map(keyMaterial));
  return signAttestation(
    report,
    signers.filter(({ key }) => accepted.has(keyMaterial(key))),
  );
}

function readSmall(file: string): Buffer | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isFile() && found.size <= MAX_ENVELOPE_BYTES) return readFileSync(file);
  throw unusable(file);
}

function parseReport(bytes: Buffer, folder: string): PreflightReport {
  try {
    return preflightReportSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw unusable(join(folder, PREFLIGHT_FILES.report), error);
  }
}

function unusable(file: string, cause?: unknown): AshlarError {
  return new AshlarError('path-unusable', `${file} cannot be the result of a preflight.`, {
    hint: 'Run `ashlar preflight` again, or remove the file.',
    cause,
  });
}

/** The report, when it is of the release. */
function fitting(report: PreflightReport, gate: PreflightGate): PreflightReport {
  const fits = report.release.name === gate.name && report.release.version === gate.version;
  if (fits && gate.manifests.includes(report.release.manifest)) return report;
  throw new AshlarError(
    'attestation-invalid',
    `The preflight beside ${gate.name} ${gate.version} is that of another release.`,
    {
      hint: 'The release was built anew since: run `ashlar preflight` for what it is now.',
    },
  );
}

/** What the envelope says, when it is of one of the manifests. */
function openReport(envelope: Buffer, { name, version, manifests, signatories }: PreflightGate): PreflightReport {
  let failure: unknown;
  for (const manifest of manifests) {
    try {
      return verifyAttestation(envelope, signatories, { name, version, manifest });
    } catch (error) {
      if (!isInvalid(error)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** The logs that the report names, as far as they are in the folder. */
function logsOf({ trials }: PreflightReport, folder: string | undefined): Buffer[] {
  if (folder === undefined || !existsSync(folder)) return [];
  const wanted = new Set(trials.flatMap(({ log }) => (log === undefined ? [] : [log.sha256])));
  const sizes = new Set(trials.flatMap(({ log }) => (log === undefined ? [] : [log.size])));
  const logs: Buffer[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isFile() || !sizes.has(statSync(path).size) || statSync(path).size > MAX_LOG_BYTES) continue;
    const bytes = readFileSync(path);
    if (wanted.delete(sha256(bytes))) logs.push(bytes);
  }
  return logs;
}

/** Why the channel does not take it; undefined when it does. */
function objectionTo(
  verdict: GateVerdict,
  report: PreflightReport | undefined,
  { required, before }: PreflightGate,
): string | undefined {
  switch (verdict) {
    case 'missing':
      return 'it has no attestation of a preflight';
    case 'failed':
      return 'its preflight failed';
    case 'skipped-elsewhere':
      return 'its preflight was skipped for another channel';
    case 'skipped':
      return undefined;
    case 'passed': {
      const left = report === undefined ? [] : trialsLeftOut(report, required);
      if (left.length > 0) return `its preflight left out: ${left.join(', ')}`;
      if (required === 'required' && before !== undefined && report?.previous === undefined) {
        return `its preflight tried no update, and the channel has ${before}`;
      }
      return undefined;
    }
  }
}

function refused({ name, version, required }: PreflightGate, why: string): AshlarError {
  const how =
    required === 'boot'
      ? 'Run `ashlar preflight` on the release.'
      : 'Run `ashlar preflight RELEASE --previous RELEASE`, with every trial.';
  return new AshlarError('preflight-required', `${name} ${version} may not be in this channel: ${why}.`, {
    hint: `${how} To let it in all the same, say why: --skip-preflight REASON.`,
  });
}
