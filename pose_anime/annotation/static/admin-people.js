// Who marks: annotators, and the links that invite them.

import { percent, seconds, when } from './admin-charts.js';
import { confirmed } from './admin-ask.js';
import { element } from './dom.js';

const HEADS = [['Name', ''], ['Done', 'number'], ['Left out', 'number'], ['Usual time', 'number'], ['Agreement', 'number'], ['', '']];

export async function showAnnotators(place, { app }) {
  const { annotators } = await app.call('GET', '/api/admin/progress');
  const row = (one) => {
    const change = element('button', { class: one.disabled ? '' : 'danger', onclick: async () => {
      const text = 'What they marked stays. They are signed out and cannot come back by their link.';
      if (!one.disabled && !(await confirmed(`End the access of ${one.name}?`, text, 'End access'))) return;
      await app.attempt(() => app.call('POST', `/api/admin/annotators/${one.id}/${one.disabled ? 'enable' : 'disable'}`));
      app.go('annotators');
    } }, one.disabled ? 'Give access again' : 'End access');
    return element('tr', { class: one.disabled ? 'ended' : '' },
      element('td', { 'data-head': 'Name' }, one.name, one.disabled ? element('small', {}, ' (access ended)') : null),
      element('td', { 'data-head': 'Done', class: 'number' }, String(one.done)),
      element('td', { 'data-head': 'Left out', class: 'number' }, String(one.skipped)),
      element('td', { 'data-head': 'Usual time', class: 'number' }, seconds(one.median_seconds)),
      element('td', { 'data-head': 'Agreement', class: 'number' }, percent(one.agreement)),
      element('td', { class: 'actions' }, change));
  };
  place.append(
    element('h1', {}, 'Annotators'),
    element('p', { class: 'soft' }, 'Agreement is the share of joints that somebody and the others who marked the same image put at the '
      + 'same place, within 0.2 torso lengths.'),
    annotators.length
      ? element('table', { class: 'card list' },
        element('thead', {}, element('tr', {}, ...HEADS.map(([head, kind]) => element('th', { class: kind }, head)))),
        element('tbody', {}, ...annotators.map(row)))
      : element('p', { class: 'card' }, 'Nobody has joined yet. Send somebody an ', element('a', { href: '#invitations' }, 'invitation'), '.'));
}

export async function showInvitations(place, { app }) {
  const { invitations } = await app.call('GET', '/api/admin/invitations');
  const field = (id, text, more) => element('p', { class: 'field' }, element('label', { for: id }, text), element('input', { id, ...more }));
  const form = element('form', { class: 'card row invite' },
    field('label', 'For whom (only you see it)', { maxlength: 80, placeholder: 'e.g. drawing club' }),
    field('uses', 'People at most', { type: 'number', min: 1, max: 1000000, placeholder: 'any' }),
    field('days', 'Days it is open', { type: 'number', min: 1, max: 3650, placeholder: 'for ever' }),
    element('button', { class: 'primary' }, 'New invitation'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const number = (id) => (form.elements[id].value ? Number(form.elements[id].value) : null);
    const wanted = { label: form.elements.label.value, uses: number('uses'), days: number('days') };
    const made = await app.attempt(() => app.call('POST', '/api/admin/invitations', wanted));
    if (made) app.go('invitations');
  });
  place.append(element('h1', {}, 'Invitations'),
    element('p', { class: 'soft' }, 'Whoever opens a link may mark drawings under a name of their choice. Those who have joined stay when a link ends.'),
    form, ...invitations.map((one) => invitation(one, app)));
}

function invitation(one, app) {
  const link = element('input', { class: 'link', readonly: true, value: one.url, 'aria-label': 'Link', onfocus: (event) => event.target.select() });
  const copy = element('button', { onclick: async () => {
    link.select();
    // Without https a browser has no clipboard for scripts.
    if (navigator.clipboard) await navigator.clipboard.writeText(one.url);
    else document.execCommand('copy');
    app.say('The link is copied.');
  } }, 'Copy');
  const end = element('button', { class: 'danger', onclick: async () => {
    if (!(await confirmed('End this invitation?', 'Nobody joins by this link any more. Those who have joined stay.', 'End it'))) return;
    await app.attempt(() => app.call('POST', `/api/admin/invitations/${one.token}/revoke`));
    app.go('invitations');
  } }, 'End');
  const facts = [
    `made ${when(one.created)}`,
    one.revoked ? `ended ${when(one.revoked)}` : one.expires ? `${one.open ? 'open until' : 'ended'} ${when(one.expires)}` : null,
    one.uses_left === null ? 'for any number of people' : `${one.uses_left} more ${one.uses_left === 1 ? 'person' : 'people'}`,
  ].filter(Boolean);
  return element('section', { class: `card invitation ${one.open ? '' : 'ended'}` },
    element('h2', {}, one.label || 'Invitation'),
    one.open ? element('div', { class: 'row' }, link, copy, end) : null,
    element('p', { class: 'soft' }, facts.join(' · ')));
}
