import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageSignatures, withoutSignatures } from '../../formats/pe/image-signatures.ts';
import { readSignedData } from '../../formats/pkcs7/read-signed-data.ts';
import { NIL_UUID } from '../../formats/uuid.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';
import { judgeBootImage } from '../../trust/secure-boot/judge-boot-image.ts';

/** What is wrong with a loader or boot image whose bytes are those that the manifest names. */
export interface BootSignatureProblem {
  readonly file: string;
  readonly problem: string;
}

/**
 * Checks what the manifest says of Secure Boot: that loader and boot image are signed by the certificate that it names, and that without their
 * signatures they are the files that were built. Nothing for a release that is not signed. Whether a machine trusts that certificate is
 * the machine's to say.
 */
export function verifyBootSignatures(directory: string, { boot }: Manifest): BootSignatureProblem[] {
  const { signature } = boot;
  if (signature === undefined) return [];
  const files = [
    { file: boot.uki.name, built: signature.unsigned.uki },
    { file: boot.loader.name, built: signature.unsigned.loader },
  ];
  return files.flatMap(({ file, built }) => {
    const bytes = readFileSync(join(directory, file));
    const problem = problemOf(bytes, signature.certificate, built);
    return problem === undefined ? [] : [{ file, problem }];
  });
}

function problemOf(
  bytes: Buffer,
  signer: Sha256,
  built: { readonly size: number; readonly sha256: Sha256 },
): string | undefined {
  try {
    const certificate = imageSignatures(bytes)
      .map((signature) => readSignedData(signature)?.signerCertificate)
      .find((found) => found !== undefined && sha256(found) === signer);
    if (certificate === undefined) return 'is not signed by the certificate that the manifest names';
    const allowed = [{ kind: 'certificate', owner: NIL_UUID, certificate }] as const;
    const verdict = judgeBootImage(bytes, { allowed, forbidden: [] });
    if (verdict.kind === 'refused') return `would not start under Secure Boot: ${verdict.reason}`;
    // Zeros may stand between the end of what was built and the signature.
    const unsigned = withoutSignatures(bytes);
    const isWhatWasBuilt =
      sha256(unsigned.subarray(0, built.size)) === built.sha256 &&
      unsigned.subarray(built.size).every((byte) => byte === 0);
    return isWhatWasBuilt ? undefined : 'is, without its signature, not the file that the manifest says was built';
  } catch (error) {
    if (error instanceof AshlarError) return `cannot be checked: ${error.message.replace(/\.$/, '')}`;
    throw error;
  }
}
