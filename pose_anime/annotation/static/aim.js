// The cross that the keyboard moves, and the ring where a finger or a held button is about to place a point.

import { svg } from './dom.js';

const RADIUS = 7; // CSS pixels

/** Fills an SVG group with a ring at a point and, with `size` {width, height} of the stage, lines across all of it. */
export function drawAim(group, point, size = null) {
  if (!point) return group.replaceChildren();
  const { x, y } = point;
  const lines = (name) => [
    svg('line', { x1: 0, x2: size.width, y1: y, y2: y, class: name }),
    svg('line', { x1: x, x2: x, y1: 0, y2: size.height, class: name }),
  ];
  const ring = (name) => svg('circle', { cx: x, cy: y, r: RADIUS, class: name });
  const cross = size ? [...lines('halo'), ...lines('body')] : [];
  return group.replaceChildren(...cross, ring('halo'), ring('body'));
}
