// Questions in a window over the page.

import { element } from './dom.js';

/** Shows a window with a form; resolves to what `read` makes of it, or null when it was closed. */
function ask(title, fields, yes, danger, read) {
  return new Promise((resolve) => {
    let answer = null;
    const form = element('form', { method: 'dialog' }, ...fields,
      element('div', { class: 'row end' },
        element('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Cancel'),
        element('button', { class: danger ? 'danger' : 'primary' }, yes)));
    form.addEventListener('submit', () => (answer = read()));
    const dialog = element('dialog', { 'aria-label': title }, element('header', {}, element('h2', {}, title)), form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Whether somebody says yes. */
export const confirmed = async (title, text, yes) => (await ask(title, [element('p', {}, text)], yes, true, () => true)) ?? false;

/** A text, with some to choose from; null when nothing is to be done. */
export function askText(title, label, yes, { needed = true, choices = [], danger = false } = {}) {
  const text = element('textarea', { id: 'answer', rows: 3, maxlength: 1000, required: needed });
  // A text of blanks alone would be refused.
  text.addEventListener('input', () => text.setCustomValidity(needed && !text.value.trim() ? 'Please write something.' : ''));
  text.addEventListener('keydown', (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && text.form.requestSubmit());
  const buttons = choices.map((choice) => element('button', { type: 'button', onclick: () => {
    text.value = choice;
    text.setCustomValidity('');
    text.focus();
  } }, choice));
  const fields = [element('label', { for: 'answer' }, label), element('div', { class: 'row choices' }, ...buttons), text];
  return ask(title, fields, yes, danger, () => text.value.trim());
}
