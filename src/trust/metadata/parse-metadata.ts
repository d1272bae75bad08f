import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { keyId, type PublicKey } from '../keys/public-key.ts';
import { canonicalJson, type JsonValue } from './canonical-json.ts';
import {
  type RoleType,
  type RoleTypes,
  rootSchema,
  snapshotSchema,
  targetsSchema,
  timestampSchema,
} from './metadata-schema.ts';

/** Each signature costs a verification: an attacker may not ask for many. */
const MAX_SIGNATURES = 64;

/** A metadata file taken apart. What it says is believed only after its signatures have been verified. */
export interface Metadata<Type extends RoleType> {
  readonly type: Type;
  readonly signed: RoleTypes[Type];
  /** The canonical form of all that is signed, fields that nobody knows included (TUF 4). */
  readonly signedBytes: Buffer;
  readonly signatures: readonly MetadataSignature[];
  /** The file as it came: what is stored and hashed. */
  readonly bytes: Buffer;
}

export interface MetadataSignature {
  readonly keyid: string;
  /** Hexadecimal, unless somebody wrote something else. */
  readonly sig: string;
}

const envelopeSchema = z.looseObject({
  signed: z.looseObject({}),
  signatures: z
    .array(z.looseObject({ keyid: z.string().max(128), sig: z.string().max(8192) }))
    .max(MAX_SIGNATURES)
    // TUF 4.2.1: “multiple signatures with the same keyid are not allowed”.
    .refine((all) => new Set(all.map(({ keyid }) => keyid)).size === all.length, 'has two signatures by one key'),
});

/**
 * Takes the bytes of a metadata file apart that should be of `type`. `file` is its name for messages. Throws `metadata-invalid`.
 */
export function parseMetadata<Type extends RoleType>(bytes: Buffer, type: Type, file: string): Metadata<Type> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new AshlarError('metadata-invalid', `The repository’s ${file} is not valid metadata: ${why}.`, {
      hint: 'Try again later; if it stays so, tell who publishes the repository.',
      cause,
    });
  };
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuse('it is not JSON', error);
  }
  const envelope = envelopeSchema.safeParse(data);
  if (!envelope.success) return refuse(firstIssue(envelope.error), envelope.error);
  const { signed, signatures } = envelope.data;
  const role = parseRole(signed, type);
  if (!role.success) return refuse(`signed.${firstIssue(role.error)}`, role.error);
  const wrongId = wronglyNamedKey(type, role.data);
  if (wrongId !== undefined) return refuse(`${wrongId} is not the id of the key that it names`);
  // `signed` was JSON a moment ago; canonicalJson refuses what has no canonical form.
  const signedBytes = canonicalJson(signedJson(data));
  return { type, signed: role.data, signedBytes, signatures, bytes };
}

/** `signed` as it was parsed: schemas copy, and would leave out a property named `__proto__`. */
function signedJson(data: unknown): JsonValue {
  return (data as { readonly signed: JsonValue }).signed;
}

type RoleSchemas = { readonly [Type in RoleType]: z.ZodType<RoleTypes[Type]> };
const SCHEMAS: RoleSchemas = {
  root: rootSchema,
  timestamp: timestampSchema,
  snapshot: snapshotSchema,
  targets: targetsSchema,
};

function parseRole<Type extends RoleType>(signed: object, type: Type): z.ZodSafeParseResult<RoleTypes[Type]> {
  const schema: RoleSchemas[Type] = SCHEMAS[type];
  return schema.safeParse(signed);
}

/** TUF 4.3: “Clients MUST calculate each KEYID to verify this is correct for the associated key.” */
function wronglyNamedKey(type: RoleType, role: RoleTypes[RoleType]): string | undefined {
  const keys = keysOf(type, role);
  return Object.keys(keys).find((id) => keyId(keys[id]!) !== id);
}

function keysOf(type: RoleType, role: RoleTypes[RoleType]): Readonly<Record<string, PublicKey>> {
  if (type === 'root') return (role as RoleTypes['root']).keys;
  if (type === 'targets') return (role as RoleTypes['targets']).delegations?.keys ?? {};
  return {};
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join('.') || 'it'}: ${issue?.message ?? 'does not fit'}`;
}
