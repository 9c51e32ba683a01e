// The invitation page: a name, and on to the first drawing.

import { call } from './api.js';
import { byId } from './dom.js';

const token = decodeURIComponent(location.pathname.split('/').at(-1));
const form = byId('join');
const problem = byId('problem');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  problem.textContent = '';
  try {
    await call('POST', '/api/join', { token, name: byId('name').value.trim() });
    location.assign('/');
  } catch (error) {
    problem.textContent = error.message;
    button.disabled = false;
    byId('name').focus();
  }
});

// Whoever joined before on this device can simply go on.
call('GET', '/api/me').then(
  ({ name }) => {
    byId('known').firstElementChild.textContent = `Go on as ${name}`;
    byId('known').hidden = false;
  },
  () => {},
);
