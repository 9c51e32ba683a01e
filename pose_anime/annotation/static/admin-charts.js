// Small charts in SVG, and numbers as people read them.

import { svg } from './dom.js';

export const percent = (share) => (share === null || share === undefined ? '–' : `${Math.round(share * 100)} %`);
export const torsos = (length) => (length === null || length === undefined ? '–' : length.toFixed(2));
export const seconds = (value) => {
  if (value === null) return '–';
  return value < 90 ? `${Math.round(value)} s` : `${(value / 60).toFixed(1)} min`;
};
export const when = (time) => new Date(time * 1000).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

const DAY = 86_400_000;
const SHOWN = 30; // days

/** [[day, n], …] with the days between that have none, up to the last. */
export function everyDay(days) {
  if (!days.length) return [];
  const counts = new Map(days);
  const last = Date.parse(days.at(-1)[0]);
  const first = Math.max(Date.parse(days[0][0]), last - (SHOWN - 1) * DAY);
  const all = [];
  for (let time = first; time <= last; time += DAY) {
    const day = new Date(time).toISOString().slice(0, 10);
    all.push([day, counts.get(day) ?? 0]);
  }
  return all;
}

/** Bars, one for each [day, n]. */
export function dayChart(days) {
  const [width, height, foot, head] = [640, 120, 26, 20];
  const most = Math.max(1, ...days.map(([, n]) => n));
  const step = Math.min(width / days.length, 56);
  const room = height - foot - head;
  const bars = days.map(([day, n], i) => {
    const tall = (n / most) * room;
    return svg('g', {},
      svg('title', {}, `${day}: ${n}`),
      svg('rect', { x: i * step + step * 0.12, y: head + room - tall, width: step * 0.76, height: Math.max(tall, n ? 2 : 0), rx: 2, class: 'bar-day' }),
      (step > 24 || n === most) && n > 0
        ? svg('text', { x: (i + 0.5) * step, y: head + room - tall - 4, 'text-anchor': 'middle' }, String(n))
        : null);
  });
  const label = (i, anchor) => svg('text', { x: i === 0 ? 0 : days.length * step, y: height - 5, 'text-anchor': anchor }, days[i][0]);
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart', role: 'img', 'aria-label': 'Finished per day' },
    svg('line', { x1: 0, x2: width, y1: height - foot, y2: height - foot, class: 'axis' }), ...bars,
    label(0, 'start'), days.length * step > 200 ? label(days.length - 1, 'end') : null);
}

/** One bar of parts: [[class, name, n], …]. */
export function shareChart(parts) {
  const width = 640;
  const all = Math.max(1, parts.reduce((sum, [, , n]) => sum + n, 0));
  let at = 0;
  const pieces = parts.filter(([, , n]) => n).map(([name, text, n]) => {
    const piece = svg('rect', { x: at, y: 0, width: (n / all) * width, height: 22, class: `share-${name}` }, svg('title', {}, `${text}: ${n}`));
    at += (n / all) * width;
    return piece;
  });
  return svg('svg', { viewBox: `0 0 ${width} 22`, class: 'chart shares', role: 'img', preserveAspectRatio: 'none',
    'aria-label': parts.map(([, text, n]) => `${text}: ${n}`).join(', ') },
  svg('rect', { x: 0, y: 0, width, height: 22, class: 'share-none' }), ...pieces);
}

/** A distance in torso lengths as a bar with the limit within which two annotations agree. */
export function distanceBar(value, limit, most = 3 * limit) {
  const [width, height] = [100, 10];
  const long = value === null || value === undefined ? 0 : Math.min(value / most, 1) * width;
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'distance', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { x: 0, y: 2, width: long, height: height - 4, class: value > limit ? 'far' : 'near' }),
    svg('line', { x1: (limit / most) * width, x2: (limit / most) * width, y1: 0, y2: height, class: 'limit' }));
}
