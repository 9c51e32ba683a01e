// What the panel beside an image under review says of it; nothing here decides anything.

import { distanceBar, seconds, torsos, when } from './admin-charts.js';
import { LISTS } from './admin-lists.js';
import { element } from './dom.js';
import { labelOf } from './joints.js';

const STATES = { done: 'done', draft: 'at work', sent_back: 'sent back', skipped: 'left out' };
const REASONS = {
  not_solo: 'more than one character, or none',
  cropped: 'too much is cut off',
  unsuitable: 'unsuitable',
  other: 'another reason',
  discarded: 'set aside by the admin',
};
const STARTS = { template: 'began from a figure', prediction: 'began from the computer’s guess' };
const KEYS = [
  ['Enter', 'accept'], ['M', 'median'], ['1 … 9', 'take one annotation'], ['W', 'joint farthest apart'],
  ['Arrows', 'move the joint, with Shift by 10'], ['V', 'guessed or seen'], ['Ctrl+Z', 'undo'], ['H', 'the image alone'],
  ['R', 'reject'], ['N', 'next image'], ['+ − F', 'zoom'],
];

/** A link only where the text is one: credits come from elsewhere. */
function credit(text) {
  if (!/^https?:\/\//i.test(text ?? '')) return text;
  return element('a', { href: text, rel: 'noopener noreferrer', target: '_blank' }, text);
}

export function heading({ image, next }) {
  const list = image.state === 'open' ? 'review' : image.state;
  const goOn = next !== null && next !== image.id && element('a', { href: `#image/${next}` }, 'Next to review →');
  return element('header', {},
    element('p', { class: 'soft ways' }, element('a', { href: `#${list}` }, `← ${LISTS[list]}`), goOn),
    element('h1', {}, image.path),
    element('p', { class: 'soft' }, `${image.width} × ${image.height}`, image.artist && ` · by ${image.artist}`,
      image.source && ' · ', credit(image.source)));
}

/** What was decided; null for an open image. */
export function decision({ image, result }) {
  if (image.state === 'open') return null;
  const ways = { one: 'one annotation', median: `median of ${result?.annotations.length}`, edited: 'edited points', imported: 'imported' };
  const text = image.state === 'accepted' && result
    ? `Accepted ${when(result.at)}: ${ways[result.method]}`
    : `Rejected: ${image.reason ?? ''}`;
  return element('p', { class: `state ${image.state}` }, text);
}

/** Who made an annotation, and what became of it. */
export function author(one, colour) {
  const swatch = element('span', { class: 'swatch' });
  swatch.style.background = colour;
  const reason = one.reason ? `: ${REASONS[one.reason] ?? one.reason}` : '';
  const facts = [STATES[one.state] + reason, one.seconds ? seconds(one.seconds) : null, STARTS[one.start]];
  const text = element('span', { class: 'soft' }, facts.filter(Boolean).join(', '));
  return element('p', {}, swatch, element('b', {}, one.name), ' ', text);
}

/** Sides that somebody exchanged, and why there is no median; null where all is well. */
export function warnings({ annotations, compared, median, why }) {
  const nameOf = (id) => annotations.find((one) => one.id === Number(id))?.name;
  const lines = Object.entries(median?.turned ?? {}).map(([id, limbs]) =>
    `${nameOf(id)} has left and right ${limbs.join(' and ')} the other way round; the median turns them back.`);
  if (why && compared.length > 1) lines.push(`No median: ${why}.`);
  return lines.length ? element('ul', { class: 'warnings' }, ...lines.map((line) => element('li', {}, line))) : null;
}

/** How far apart the joints are, the farthest first; null with fewer than two annotations. */
export function distances({ compared, disagreement, fraction, skeleton }, current, lookAt) {
  if (compared.length < 2) return null;
  const worst = Math.max(...disagreement.filter((far) => far !== null), 0);
  const row = ({ joint, far, i }) => element('tr', { class: i === current ? 'current' : '' },
    element('td', {}, element('button', { type: 'button', class: 'quiet', onclick: () => lookAt(i) }, labelOf(joint))),
    element('td', {}, distanceBar(far, fraction)),
    element('td', { class: `number ${far > fraction ? 'far' : ''}` }, torsos(far)));
  const rows = skeleton.joints.map((joint, i) => ({ joint, far: disagreement[i], i }));
  rows.sort((a, b) => (b.far ?? -1) - (a.far ?? -1));
  return element('details', { class: 'apart', open: worst > fraction },
    element('summary', {}, `How far apart (in torso lengths): at most ${torsos(worst)}`),
    element('table', {}, element('tbody', {}, ...rows.map(row))));
}

export const keys = () => element('details', { class: 'keys' },
  element('summary', {}, 'Keys'),
  element('dl', {}, ...KEYS.flatMap(([key, text]) => [element('dt', {}, element('kbd', {}, key)), element('dd', {}, text)])));
