import { StringDecoder } from 'node:string_decoder';

/** A line longer than this (UTF-16 code units) is broken in two: a guest may never send a line feed. */
export const LINE_LIMIT = 8192;

/** Bytes of a terminal turned into lines of plain text. */
export interface LineSplitter {
  /** Takes `bytes`; returns what they complete, and the line that is still open (a prompt, say). */
  push(bytes: Uint8Array): { readonly lines: readonly string[]; readonly open: string };
}

/**
 * ECMA-48 control sequences, of which firmware and systemd send many: CSI (`ESC [ … letter`), strings (`ESC ] … BEL` or ST; also
 * DCS, SOS, PM and APC), and two- or three-character escapes. Bounded, so that hostile output costs no more than its length.
 */
const CONTROL_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /\x1b\[[0-?]{0,64}[ -/]{0,4}[@-~]|\x1b[\]PX^_][^\x07\x1b\n]{0,512}(?:\x07|\x1b\\)|\x1b[ -/]{0,2}[0-~]/g;

/** An escape at the end whose rest has not come yet. */
const UNFINISHED_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  /\x1b(?:\[[0-?]{0,64}[ -/]{0,4}|[\]PX^_][^\x07\x1b\n]{0,512}\x1b?|[ -/]{0,2})?$/;

/**
 * Sequences that move the cursor to a first column or clear the screen: what follows is another line for a reader. (UEFI's
 * terminal driver places every typed character by row and column: those stay in their line.)
 */
const NEW_PLACE = /\[(?:\d*(?:;0*1?)?[Hf]|[0-9;]*J)$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const OTHER_CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g;

export function lineSplitter(): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let raw = '';
  let open = '';

  return {
    push(bytes) {
      raw += decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const cut = raw.search(UNFINISHED_SEQUENCE);
      const settled = cut === -1 ? raw : raw.slice(0, cut);
      raw = cut === -1 ? '' : raw.slice(cut);
      const plain = settled
        .replace(CONTROL_SEQUENCE, (sequence) => (NEW_PLACE.test(sequence) ? '\v' : ''))
        .replace(/\v+/g, '\n')
        .replace(OTHER_CONTROLS, '');
      const lines: string[] = [];
      for (const [index, piece] of plain.split('\n').entries()) {
        if (index > 0) {
          if (open.trim() !== '') lines.push(open);
          open = '';
        }
        open += piece;
        while (open.length > LINE_LIMIT) {
          lines.push(open.slice(0, LINE_LIMIT));
          open = open.slice(LINE_LIMIT);
        }
      }
      return { lines, open };
    },
  };
}
