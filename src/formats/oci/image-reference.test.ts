import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { imageReferenceText, parseImageReference } from './image-reference.ts';

const DIGEST = sha256('image');

const READ: Readonly<Record<string, string>> = {
  'docker.io/library/redis:8': 'docker.io/library/redis:8',
  'docker.io/redis': 'docker.io/library/redis',
  'GHCR.IO/owner/x:V1': 'ghcr.io/owner/x:V1',
  'localhost/x': 'localhost/x',
  'localhost:5000/a/b/c__d.e-f:1.0_2': 'localhost:5000/a/b/c__d.e-f:1.0_2',
  '127.0.0.1:05000/x': '127.0.0.1:5000/x',
  '[::1]:5000/x:t': '[::1]:5000/x:t',
  [`quay.io/a/b@sha256:${DIGEST}`]: `quay.io/a/b@sha256:${DIGEST}`,
  [`quay.io/a/b:t@sha256:${DIGEST}`]: `quay.io/a/b:t@sha256:${DIGEST}`,
};

for (const [text, canonical] of Object.entries(READ)) {
  test(`${text} is read`, () => {
    assert.equal(imageReferenceText(parseImageReference(text)), canonical);
  });
}

const REFUSED: Readonly<Record<string, [text: string, why: RegExp]>> = {
  'a short name': ['redis:8', /does not say its registry/],
  'a short name with a namespace': ['someone/redis', /does not say its registry/],
  'an empty text': ['', /registry/],
  'a URL': ['https://quay.io/x', /registry/],
  'an upper-case name': ['quay.io/Owner/x', /lower-case/],
  'a name that leaves its place': ['quay.io/a/../b', /lower-case/],
  'an empty component': ['quay.io/a//b', /lower-case/],
  'a query': ['quay.io/a?x=1', /lower-case/],
  'an empty tag': ['quay.io/a:', /tag/],
  'a tag with a slash': ['quay.io/a:b/c', /tag/],
  'a long tag': [`quay.io/a:${'t'.repeat(129)}`, /tag/],
  'a port that is none': ['quay.io:99999/a', /port/],
  'a user in the host': ['user@quay.io/a', /digest/],
  'a short digest': ['quay.io/a@sha256:00', /64/],
  'SHA-512': [`quay.io/a@sha512:${'0'.repeat(128)}`, /SHA-512 is not supported/],
  'another algorithm': ['quay.io/a@md5:00', /not supported/],
  'a long name': [`quay.io/${'a/'.repeat(130)}a`, /255/],
  'a line break': ['quay.io/a\r\nhost: b', /./],
};

for (const [name, [text, why]] of Object.entries(REFUSED)) {
  test(`${name} is refused`, () => {
    assert.throws(
      () => parseImageReference(text),
      (error) =>
        error instanceof AshlarError && error.code === 'container-reference-invalid' && why.test(error.message),
    );
  });
}

test('what is written is read as the same', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const reference = fc.record({
    registry: fc
      .tuple(label, label, fc.option(fc.integer({ min: 1, max: 65_535 })))
      .map(([a, b, port]) => `${a}.${b}${port === null ? '' : `:${port}`}`),
    repository: fc.array(label, { minLength: 2, maxLength: 5 }).map((parts) => parts.join('/')),
    tag: fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/), { nil: undefined }),
    digest: fc.option(fc.constant(DIGEST), { nil: undefined }),
  });
  fc.assert(
    fc.property(reference, (it) => {
      assert.deepEqual(parseImageReference(imageReferenceText(it)), { ...it });
    }),
  );
});
