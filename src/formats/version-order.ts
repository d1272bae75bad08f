/**
 * Orders two versions as systemd-boot and systemd-sysupdate do (UAPI Version Format Specification). Negative when `a` is older,
 * positive when it is newer, 0 when they are the same version. Zeros in front of numbers and characters that no version has do not
 * count, so different texts can be the same version.
 *
 * `1~rc1` < `1` < `1-2` < `1^20260101` < `1.1`, and letters come before digits.
 */
export function compareVersions(a: string, b: string): number {
  let [left, right] = [a, b];
  while (true) {
    left = left.replace(IGNORED, '');
    right = right.replace(IGNORED, '');
    if (left.startsWith('~') || right.startsWith('~')) {
      const order = byAbsence('~', left, right);
      if (order !== 0) return order;
      left = left.slice(1);
      right = right.slice(1);
    }
    if (left === '' || right === '') return Number(left !== '') - Number(right !== '');
    for (const separator of SEPARATORS) {
      if (!left.startsWith(separator) && !right.startsWith(separator)) continue;
      const order = byAbsence(separator, left, right);
      if (order !== 0) return order;
      left = left.slice(1);
      right = right.slice(1);
    }
    const numeric = /^[0-9]/.test(left) || /^[0-9]/.test(right);
    const leftSegment = segment(left, numeric);
    const rightSegment = segment(right, numeric);
    const order = numeric ? compareNumbers(leftSegment, rightSegment) : compareText(leftSegment, rightSegment);
    if (order !== 0) return order;
    left = left.slice(leftSegment.length);
    right = right.slice(rightSegment.length);
  }
}

const IGNORED = /^[^A-Za-z0-9~.^-]+/;
/** Release after version, patched after released, point release: from the outermost to the innermost. */
const SEPARATORS = ['-', '^', '.'];

/** The one that has the separator here is the older. */
function byAbsence(separator: string, left: string, right: string): number {
  return Number(right.startsWith(separator)) - Number(left.startsWith(separator));
}

function segment(text: string, numeric: boolean): string {
  return (numeric ? /^[0-9]*/ : /^[A-Za-z]*/).exec(text)![0];
}

/** A number, even zero, is newer than none; zeros in front do not count. */
function compareNumbers(left: string, right: string): number {
  const a = left.replace(/^0+/, '');
  const b = right.replace(/^0+/, '');
  return Number(left !== '') - Number(right !== '') || a.length - b.length || compareText(a, b);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
