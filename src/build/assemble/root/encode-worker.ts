import { parentPort, workerData } from 'node:worker_threads';
import type { Codec } from '../../../formats/erofs/codec.ts';
import { encodeFile } from '../../../formats/erofs/encode-file.ts';
import type { EncodedShape } from '../../../formats/erofs/encoded-file.ts';
import type { Sha256 } from '../../../model/digest.ts';
import { readContent } from '../../../store/read-content.ts';
import { openStore } from '../../../store/store.ts';
import { encodedKey } from './encoded-key.ts';
import { encodedRecord } from './encoded-record.ts';

/** What the threads share: each takes the next file that none has taken. */
export interface EncodeWorkerData {
  readonly storeDirectory: string;
  readonly codec: Codec;
  readonly files: readonly { readonly digest: Sha256; readonly size: number }[];
  /** One 32-bit counter: the index of the next file. */
  readonly next: SharedArrayBuffer;
}

export interface EncodeWorkerMessage {
  readonly index: number;
  readonly shape: EncodedShape;
}

const { storeDirectory, codec, files, next } = workerData as EncodeWorkerData;
const store = openStore(storeDirectory);
const counter = new Int32Array(next);
for (let index = Atomics.add(counter, 0, 1); index < files.length; index = Atomics.add(counter, 0, 1)) {
  const file = files[index]!;
  const encoded = encodeFile(readContent({ kind: 'stored', ...file }, store), codec);
  store.record('encoded', encodedKey(codec, file.digest), encodedRecord(encoded));
  parentPort?.postMessage({ index, shape: encoded.shape } satisfies EncodeWorkerMessage);
}
