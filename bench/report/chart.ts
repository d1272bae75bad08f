import { spreadOf } from '../spread.ts';
import type { Series, Topic } from '../topic.ts';
import { formatValue } from './format-value.ts';
import type { Results } from './results.ts';

/** Pixels. */
const WIDTH = 860;
const MARGIN = 20;
const NAMES_WIDTH = 310;
const VALUES_WIDTH = 80;
const TITLE_HEIGHT = 34;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 14;
const TOPIC_GAP = 14;
const BARS_LEFT = MARGIN + NAMES_WIDTH + 10;
const BARS_WIDTH = WIDTH - BARS_LEFT - VALUES_WIDTH - MARGIN;

/** Both schemes on a ground of their own; contrast of text at least 7:1, of bars at least 3:1. */
const STYLE = `
  .ground { fill: #ffffff } .title { fill: #1a1a1a; font-weight: 600 } .name, .value { fill: #3d3d3d }
  .ours { fill: #b3541e } .theirs { fill: #6f7d8c } .range { stroke: #1a1a1a; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #14171a } .title { fill: #f2f2f2 } .name, .value { fill: #c9ced3 }
    .ours { fill: #e8874a } .theirs { fill: #7f8c99 } .range { stroke: #f2f2f2 }
  }
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; dominant-baseline: middle }
  .title { font-size: 15px }`;

/** `docs/benchmarks.svg`: for each topic a bar a contestant, on a scale of its own, with the range of its runs. */
export function barChart({ topics }: Results): string {
  let top = MARGIN;
  const panels = topics.map((topic) => {
    const drawn = panel(topic, top);
    top += TITLE_HEIGHT + topic.series.length * ROW_HEIGHT + TOPIC_GAP;
    return drawn;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="Benchmarks: shorter bars are better">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${top}" rx="6"/>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel({ title, unit, series }: Topic, top: number): string {
  const longest = Math.max(...series.map(({ values }) => spreadOf(values).most));
  const scale = longest === 0 ? 0 : BARS_WIDTH / longest;
  const rows = series.map((each, index) => row(each, unit, top + TITLE_HEIGHT + index * ROW_HEIGHT, scale));
  return [`<text class="title" x="${MARGIN}" y="${top + TITLE_HEIGHT / 2}">${escaped(title)}</text>`, ...rows].join(
    '\n',
  );
}

function row({ name, ours, values }: Series, unit: Topic['unit'], top: number, scale: number): string {
  const { median, least, most } = spreadOf(values);
  const middle = top + ROW_HEIGHT / 2;
  const x = (value: number): string => (BARS_LEFT + value * scale).toFixed(1);
  const range =
    least === most
      ? ''
      : `<path class="range" d="M${x(least)} ${middle}H${x(most)}M${x(least)} ${middle - 3}v6M${x(most)} ${middle - 3}v6"/>`;
  return [
    `<text class="name" x="${MARGIN + NAMES_WIDTH}" y="${middle}" text-anchor="end">${escaped(name)}</text>`,
    `<rect class="${ours ? 'ours' : 'theirs'}" x="${BARS_LEFT}" y="${middle - BAR_HEIGHT / 2}" width="${Math.max(1, median * scale).toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
    range,
    `<text class="value" x="${(Number(x(most)) + 8).toFixed(1)}" y="${middle}">${escaped(formatValue(median, unit))}</text>`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', '');
}
