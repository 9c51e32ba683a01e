// Draws a marking: bones as lines, joints as dots; left, right and middle in colours and shapes of their own.

import { svg } from './dom.js';
import { GUESSED } from './points.js';
import { labelOf, sideOf } from './joints.js';

function marker(point, side, size, state) {
  const at = `translate(${point.x} ${point.y})`;
  const r = (state === 'current' ? 6.5 : 5) * size;
  const shape = (name) =>
    side === 'right'
      ? svg('rect', { x: -r, y: -r, width: 2 * r, height: 2 * r, rx: r / 4, class: name })
      : svg('circle', { r, class: name });
  const classes = `joint ${side} ${state} ${point.v === GUESSED ? 'guessed' : 'seen'}`;
  return svg('g', { transform: at, class: classes, 'stroke-width': 2 * size }, shape('halo'), shape('body'));
}

function bone(a, b, side, size, guessed) {
  const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
  const line = (name, width) => svg('line', { ...ends, class: name, 'stroke-width': width * size });
  const classes = `bone ${side} ${guessed ? 'guessed' : 'seen'}`;
  return svg('g', { class: classes, 'stroke-dasharray': guessed ? `${5 * size} ${4 * size}` : null },
    line('halo', 4.5), line('body', 2.2));
}

/**
 * Fills an SVG group with a marking.
 *
 * @param group what is drawn into; all it had is taken out.
 * @param points null or {x, y, v}, in the units of the group.
 * @param options {joints, bones, size, current, named}: names of the joints, pairs of indices, CSS pixels in units
 *   of the group (1 where they are the same), index of the joint to stress, and of the one to name.
 */
export function drawSkeleton(group, points, { joints, bones, size = 1, current = null, named = null }) {
  const parts = [];
  for (const [i, j] of bones) {
    const [a, b] = [points[i], points[j]];
    const sides = [sideOf(joints[j]), sideOf(joints[i])];
    const side = sides.find((one) => one !== 'middle') ?? 'middle';
    if (a && b) parts.push(bone(a, b, side, size, a.v === GUESSED || b.v === GUESSED));
  }
  points.forEach((point, i) => {
    if (point) parts.push(marker(point, sideOf(joints[i]), size, i === current ? 'current' : 'idle'));
  });
  if (named !== null && points[named]) {
    const { x, y } = points[named];
    const at = { x: x + 11 * size, y: y - 9 * size, 'font-size': 13 * size };
    parts.push(svg('text', { ...at, class: 'name' }, labelOf(joints[named])));
  }
  group.replaceChildren(...parts);
}
