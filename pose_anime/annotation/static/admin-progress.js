// How far the work is.

import { dayChart, distanceBar, everyDay, percent, shareChart, torsos } from './admin-charts.js';
import { element } from './dom.js';
import { labelOf } from './joints.js';

const figure = (number, text, href) =>
  element('div', { class: 'figure' }, element('b', {}, number), href ? element('a', { href }, text) : element('span', {}, text));

export async function showProgress(place, { app }) {
  const told = await app.call('GET', '/api/admin/progress');
  const { images, annotations, agreement } = told;
  const all = images.open + images.accepted + images.rejected;
  const rest = Math.max(images.open - images.review, 0);
  const parts = [
    ['accepted', 'accepted', images.accepted],
    ['review', 'to review', images.review],
    ['open', 'not complete', rest],
    ['rejected', 'rejected', images.rejected],
  ];
  const days = everyDay(told.per_day);
  place.append(
    element('h1', {}, 'Progress'),
    element('section', { class: 'card' },
      element('h2', {}, `${all} image${all === 1 ? '' : 's'}`),
      shareChart(parts),
      element('ul', { class: 'legend' }, ...parts.map(([name, text, n]) =>
        element('li', {}, element('span', { class: `swatch share-${name}` }), `${n} ${text}`))),
      element('div', { class: 'figures' },
        figure(String(images.review), 'to review', '#review'),
        figure(String(images.in_work), 'at work now'),
        figure(String(annotations.done), 'annotations done'),
        figure(String(annotations.skipped), 'left out', '#flagged'),
        figure(String(annotations.sent_back), 'sent back'),
        figure(percent(agreement.within), 'agreement'))),
    element('section', { class: 'card' },
      element('h2', {}, 'Finished per day'),
      days.length ? dayChart(days) : element('p', { class: 'soft' }, 'Nothing is finished yet. Send the invitation to your volunteers.')),
    element('section', { class: 'card' },
      element('h2', {}, 'Agreement between annotators'),
      ...agreementOf(agreement, told.k)));
}

function agreementOf(agreement, k) {
  if (!agreement.images) {
    return [element('p', { class: 'soft' }, k > 1
      ? 'It is shown when the first image is marked by two.'
      : 'Every image is marked by one person: there is nothing to compare. More: start the tool with --annotations_per_image=2.')];
  }
  const rows = Object.entries(agreement.joints).sort(([, a], [, b]) => b.median - a.median);
  return [
    element('p', { class: 'soft' }, `How far apart two people put each joint, in torso lengths (left shoulder to right hip): the median of `
      + `${agreement.images} image${agreement.images === 1 ? '' : 's'}. Within ${agreement.fraction} they agree.`),
    element('table', { class: 'joints' },
      element('thead', {}, element('tr', {}, element('th', {}, 'Joint'), element('th', { class: 'wide' }, 'Apart'), element('th', {}, ''), element('th', {}, 'Agree'))),
      element('tbody', {}, ...rows.map(([joint, { median, within }]) =>
        element('tr', {}, element('td', {}, labelOf(joint)), element('td', {}, distanceBar(median, agreement.fraction)),
          element('td', { class: 'number' }, torsos(median)), element('td', { class: 'number' }, percent(within)))))),
  ];
}
