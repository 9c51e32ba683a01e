// The windows over the page: help, why a drawing cannot be marked, and the drawings done before.

import { element } from './dom.js';
import { KEYS, OTHER_KEYS } from './keys.js';

function open(title, ...content) {
  const shut = { class: 'quiet close', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() };
  const header = element('header', {}, element('h2', {}, title), element('button', shut, '×'));
  const dialog = element('dialog', { 'aria-label': title }, header, ...content);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const WAYS = [
  ['Place', 'Click where the point is; the next one comes by itself. With a finger: press, look at the magnified part, '
    + 'slide to the place, lift.'],
  ['Hidden', 'Place it where you think it is, with Shift held, or press V first. A right click changes a point that is '
    + 'placed. Every drawing gets all 21 points.'],
  ['Left', 'Left is the character’s left. If it looks at you, that is on the right of the drawing.'],
  ['Mend', 'Drag a point, or choose it and use the arrow keys. Click its number to place it anew.'],
  ['Look closer', 'Turn the wheel, or spread two fingers. Move the drawing with the middle button, with Space held, or '
    + 'with two fingers.'],
  ['Stop', 'Close the page whenever you like. Each point is saved at once.'],
];

export function showHelp() {
  const pair = ([name, text], tag) => [element('dt', {}, element(tag, {}, name)), element('dd', {}, text)];
  const keys = [...KEYS.map(([, shown, , text]) => [shown, text]), ...OTHER_KEYS];
  open('How it works',
    element('dl', { class: 'ways' }, ...WAYS.flatMap((way) => pair(way, 'b'))),
    element('h3', {}, 'Keys'),
    element('dl', { class: 'keys' }, ...keys.flatMap((key) => pair(key, 'kbd'))));
}

/** Asks why a drawing cannot be marked; resolves to {reason, note}, or null when it was closed. */
export function askReason(reasons) {
  return new Promise((resolve) => {
    const options = Object.entries(reasons).map(([reason, text], i) =>
      element('label', { class: 'option' },
        element('input', { type: 'radio', name: 'reason', value: reason, required: true, autofocus: i === 0 }), text));
    const note = element('textarea', { id: 'note', rows: 2, maxlength: 500 });
    const form = element('form', { method: 'dialog' },
      element('fieldset', {}, element('legend', {}, 'Why can it not be marked?'), ...options),
      element('label', { for: 'note' }, 'Anything to add (if you like)'), note,
      element('div', { class: 'row end' },
        element('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Back to the drawing'),
        element('button', { class: 'primary' }, 'Leave it out')));
    let answer = null;
    form.addEventListener('submit', () => {
      answer = { reason: new FormData(form).get('reason'), note: note.value.trim() };
    });
    const dialog = open('Leave this drawing out', form);
    dialog.addEventListener('close', () => resolve(answer));
  });
}

const when = (seconds) => new Date(seconds * 1000).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' });
const STATES = { done: 'done', skipped: 'left out', draft: 'not finished', sent_back: 'please look again' };

/** Shows what this annotator did; resolves to the id of the one to open again, or null. */
export function chooseOld(annotations, personalLink) {
  return new Promise((resolve) => {
    let chosen = null;
    const one = ({ id, url, state, updated }) =>
      element('li', {}, element('button', {
        class: 'old',
        onclick: () => {
          chosen = id;
          dialog.close();
        },
      }, element('img', { src: url, alt: '', loading: 'lazy' }),
      element('span', {}, STATES[state] ?? state),
      element('time', { class: 'soft' }, when(updated))));
    const list = annotations.length
      ? element('ul', { class: 'olds' }, ...annotations.map(one))
      : element('p', {}, 'None yet.');
    const link = personalLink && element('p', { class: 'soft' },
      'To go on another day or on another device, keep this link (it is only for you): ',
      element('a', { href: personalLink }, personalLink));
    const dialog = open('My drawings', element('p', {}, 'Choose one to look at it again and change it.'), list, link);
    dialog.addEventListener('close', () => resolve(chosen));
  });
}
