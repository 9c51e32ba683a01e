// Lists of images by what is to be done with them.

import { torsos } from './admin-charts.js';
import { element } from './dom.js';

export const LISTS = { review: 'To review', flagged: 'Left out by somebody', open: 'Open', accepted: 'Accepted', rejected: 'Rejected' };
const EMPTY = {
  review: 'Nothing to review. An image comes here when all who are to mark it have done so.',
  flagged: 'Nobody has left out an image.',
  open: 'No image is open.',
  accepted: 'No image is accepted yet.',
  rejected: 'No image is rejected.',
};

function counts(image, k) {
  const parts = [`${image.done} of ${k} done`];
  if (image.draft) parts.push(`${image.draft} at work`);
  if (image.sent_back) parts.push(`${image.sent_back} sent back`);
  if (image.skipped) parts.push(`${image.skipped} left out`);
  return parts.join(', ');
}

export async function showList(place, { app, name, query }) {
  const page = Number(query.get('page') ?? 1) || 1;
  const told = await app.call('GET', `/api/admin/images?state=${name}&page=${page}`);
  const card = (image) => element('a', { class: 'card thumb', href: `#image/${image.id}` },
    element('img', { src: image.url, alt: '', loading: 'lazy', width: image.width, height: image.height }),
    element('span', { class: 'file', title: image.path }, image.path),
    element('small', {}, image.reason ?? counts(image, told.k)),
    image.disagreement === null ? null
      : element('small', { class: image.disagreement > 0.2 ? 'far' : '' }, `${torsos(image.disagreement)} torso lengths apart`));
  const to = (number, text) => (number >= 1 && number <= told.pages ? element('a', { class: 'button', href: `#${name}?page=${number}` }, text) : null);
  place.append(...[
    element('h1', {}, 'Images'),
    element('nav', { class: 'row lists', 'aria-label': 'Lists' }, ...Object.entries(LISTS).map(([list, text]) =>
      element('a', { class: 'button', href: `#${list}`, 'aria-current': list === name ? 'page' : null }, text))),
    element('p', { class: 'soft' }, told.total ? `${told.total} image${told.total === 1 ? '' : 's'}` : EMPTY[name]),
    element('div', { class: 'thumbs' }, ...told.images.map(card)),
    told.pages > 1 && element('nav', { class: 'row', 'aria-label': 'Pages' },
      to(page - 1, '← Before'), element('span', { class: 'soft' }, `Page ${page} of ${told.pages}`), to(page + 1, 'Next →')),
  ].filter(Boolean));
}
