import type { Sha256 } from '../../model/digest.ts';
import { imageDigestText, parseImageDigest } from './image-digest.ts';
import { referenceInvalid } from './oci-errors.ts';

/** A container image by name: where it is, and which of those there. */
export interface ImageReference {
  /** Host, and port when it has one: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** The path below it: `library/redis`. */
  readonly repository: string;
  /** A name that its owner may move. */
  readonly tag: string | undefined;
  /** Exactly these bytes: an index or a manifest. */
  readonly digest: Sha256 | undefined;
}

/** distribution/reference: the name without tag and digest. */
const MAX_NAME_CHARACTERS = 255;
const MAX_CHARACTERS = MAX_NAME_CHARACTERS + 1 + 128 + 1 + 256;
const MAX_PORT = 65_535;
const HOST =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*$/;
const ADDRESS = /^\[[0-9a-fA-F:]{2,45}\]$/;
/** distribution-spec, “Pulling manifests”: the grammar of `<name>`. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const WRITE_SO = 'Write registry, name and tag or digest: docker.io/library/redis:8.';

/**
 * Reads a reference: `registry[:port]/repository[:tag][@digest]`, the grammar of distribution/reference with one thing less. The short names that docker knows (`redis`,
 * `someone/redis`) are refused: which registry they mean depends on the machine, so the same definition would mean another image elsewhere. The first component is a registry when
 * it has a dot or a port, or is `localhost`, as everywhere. Docker Hub's own images may be written without their `library/`, which is added: it is one image, and has one name in
 * a lock. The host is put into lower case. Throws `container-reference-invalid`.
 */
export function parseImageReference(text: string): ImageReference {
  const refuse = (why: string, hint = WRITE_SO) => referenceInvalid(text, why, hint);
  if (text.length > MAX_CHARACTERS) throw refuse(`it is longer than ${MAX_CHARACTERS} characters`);
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : parseImageDigest(text.slice(at + 1));
  if (digest?.kind === 'refused') throw refuse(`its digest is none that can be used (${digest.why})`);
  const named = at < 0 ? text : text.slice(0, at);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  if (!/[.:]/.test(first) && first.toLowerCase() !== 'localhost') {
    throw refuse('it does not say its registry', `Write it in full: docker.io/${slash < 0 ? 'library/' : ''}… .`);
  }
  const registry = parseRegistry(first);
  if (registry === undefined) throw refuse('its registry is no host name, or its port none');
  const rest = named.slice(slash + 1);
  const colon = rest.indexOf(':');
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) throw refuse('a tag has up to 128 letters, digits, dots, “_” and “-”');
  const written = colon < 0 ? rest : rest.slice(0, colon);
  if (!REPOSITORY.test(written))
    throw refuse('its name has other characters than lower-case letters, digits, “.”, “_”, “-”, “/”');
  const repository = registry === DOCKER_HUB && !written.includes('/') ? `library/${written}` : written;
  if (registry.length + 1 + repository.length > MAX_NAME_CHARACTERS) {
    throw refuse(`its name is longer than ${MAX_NAME_CHARACTERS} characters`);
  }
  return { registry, repository, tag, digest: digest?.digest };
}

/** The registry whose images may be written without `library/`. */
export const DOCKER_HUB = 'docker.io';

/** `docker.io/library/redis:8@sha256:…`: the one way to write the reference. */
export function imageReferenceText({ registry, repository, tag, digest }: ImageReference): string {
  const pinned = digest === undefined ? '' : `@${imageDigestText(digest)}`;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${pinned}`;
}

function parseRegistry(text: string): string | undefined {
  const match = /^(.*?)(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1]?.toLowerCase() ?? '';
  const port = match?.[2];
  if (!HOST.test(host) && !ADDRESS.test(host)) return undefined;
  if (port === undefined) return host;
  return Number(port) >= 1 && Number(port) <= MAX_PORT ? `${host}:${Number(port)}` : undefined;
}
