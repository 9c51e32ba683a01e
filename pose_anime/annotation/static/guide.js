// The picture of where each joint is: a figure seen from the front, the joint to place next shown large.

import { element, svg } from './dom.js';
import { inSentence, labelOf, sideOf } from './joints.js';

const SIZE = { width: 200, height: 450 };
// Where the joints are in figure.svg. The figure looks at us: its left is on the right of the picture.
const MIDDLE = {
  body_upper: [100, 197], neck: [100, 133], head: [100, 114], nose_tip: [100, 96], nose_root: [100, 83],
};
const LEFT = {
  arm: [130, 145], elbow: [149, 189], wrist: [163, 231], thumb: [160, 239],
  leg: [117, 242], knee: [121, 318], ankle: [124, 393], tiptoe: [129, 428],
};

const CLOSE = 92; // width of the part that the close-up shows
const FACE = { nose_tip: 62, nose_root: 62, head: 72 }; // less, where joints are close together

function placeOf(joint) {
  if (MIDDLE[joint]) return MIDDLE[joint];
  const [x, y] = LEFT[joint.replace(/_(left|right)$/, '')] ?? [100, 20];
  return sideOf(joint) === 'left' ? [x, y] : [SIZE.width - x, y];
}

const figure = () => svg('image', { href: '/static/figure.svg', ...SIZE });

function sideNames() {
  const name = (text, x, side, anchor) =>
    svg('text', { x, y: 18, class: `side ${side}`, 'text-anchor': anchor }, text);
  return [name('right', 6, 'right', 'start'), name('left', SIZE.width - 6, 'left', 'end')];
}

/**
 * The two pictures of a guide, {node, show(joint)}: the whole figure with all joints, and the one joint close up.
 * `choose(index)` is called for a joint that is clicked.
 */
export function makeGuide(joints, choose) {
  const dots = joints.map((joint, i) => {
    const [cx, cy] = placeOf(joint);
    return svg('g', { class: `dot ${sideOf(joint)}`, onclick: () => choose(i) },
      svg('title', {}, `${i + 1}  ${labelOf(joint)}`),
      svg('circle', { cx, cy, r: 6, class: 'reach' }), svg('circle', { cx, cy, r: 3.2, class: 'seen' }));
  });
  const ring = svg('circle', { r: 9, class: 'ring' });
  const whole = svg('svg', { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, class: 'whole', role: 'img' },
    figure(), ...sideNames(), ring, ...dots);
  const spot = svg('g', { class: 'spot' }, svg('circle', { r: 5.5, class: 'ring' }), svg('circle', { r: 2 }));
  const close = svg('svg', { class: 'close', role: 'img' }, figure(), spot);
  const node = element('div', { class: 'guide' }, whole, close);

  function show(joint) {
    node.classList.toggle('resting', !joint);
    if (!joint) return;
    const [x, y] = placeOf(joint);
    for (const part of [ring, spot]) part.setAttribute('transform', `translate(${x} ${y})`);
    const size = FACE[joint] ?? CLOSE;
    close.setAttribute('viewBox', `${x - size / 2} ${y - size / 2} ${size} ${size}`);
    close.classList.remove('left', 'right', 'middle');
    close.classList.add(sideOf(joint));
    const text = `A figure seen from the front, with the ${inSentence(joint)} marked.`;
    for (const picture of [whole, close]) picture.setAttribute('aria-label', text);
  }
  return { node, show };
}
