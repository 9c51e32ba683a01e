// The pages of the admin: signing in, and which page the address names (#review, #image/12).

import { ApiError, call as request, setCsrf } from './api.js';
import { byId, element } from './dom.js';
import { showExport } from './admin-export.js';
import { LISTS, showList } from './admin-lists.js';
import { showAnnotators, showInvitations } from './admin-people.js';
import { showProgress } from './admin-progress.js';
import { showImage } from './admin-review.js';

const TABS = [['progress', 'Progress'], ['review', 'Images'], ['annotators', 'People'], ['invitations', 'Invite'], ['export', 'Export']];
const PAGES = {
  progress: showProgress, annotators: showAnnotators, invitations: showInvitations, export: showExport, image: showImage,
  ...Object.fromEntries(Object.keys(LISTS).map((list) => [list, showList])),
};
const SAID = 6000; // milliseconds that a message stays

const main = byId('main');
let leave = null; // what the page shown wants to be called when it goes
let shown = 0; // counts pages, so that an answer that comes late is not shown

const app = {
  /** As `call` of api.js; without a session the login form comes. */
  async call(method, path, body) {
    try {
      return await request(method, path, body);
    } catch (error) {
      if (error.status === 401) showLogin();
      throw error;
    }
  },
  go(hash) {
    if (location.hash === `#${hash}`) route();
    else location.hash = hash;
  },
  say(text, bad = false) {
    const said = byId('said');
    said.textContent = text;
    said.classList.toggle('bad', bad);
    clearTimeout(app.timer);
    app.timer = setTimeout(() => (said.textContent = ''), SAID);
  },
  /** Does something that may fail, and says so. */
  async attempt(action) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) app.say(error.message, true);
      return undefined;
    }
  },
};

async function route() {
  const [path, query = ''] = location.hash.slice(1).split('?');
  const [name = '', argument] = path.split('/');
  const page = PAGES[name] ? name : 'progress';
  const turn = ++shown;
  leave?.();
  leave = null;
  document.querySelector('.admin-bar').hidden = false;
  const tab = page in LISTS || page === 'image' ? 'review' : page;
  byId('tabs').replaceChildren(...TABS.map(([to, text]) =>
    element('a', { href: `#${to}`, 'aria-current': to === tab ? 'page' : null }, text)));
  document.body.dataset.page = page;
  const place = element('div', { class: `page-${page}` });
  try {
    const left = await PAGES[page](place, { app, name: page, argument, query: new URLSearchParams(query) });
    if (turn !== shown) {
      left?.();
      return;
    }
    leave = left ?? null;
    main.replaceChildren(place);
    scrollTo(0, 0);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (turn === shown && error.status !== 401) main.replaceChildren(element('p', { class: 'card error' }, error.message));
  }
}

function showLogin() {
  shown += 1;
  leave?.();
  leave = null;
  setCsrf(null);
  document.querySelector('.admin-bar').hidden = true;
  document.body.dataset.page = 'login';
  const password = element('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const problem = element('p', { class: 'error', role: 'alert' });
  const form = element('form', { class: 'card login' },
    element('h1', {}, 'Administration'),
    element('label', { for: 'password' }, 'Password'),
    password,
    element('button', { class: 'primary' }, 'Log in'),
    problem,
    element('p', { class: 'soft' }, 'The tool printed it at its first start. A new one: start it with --new_admin_password.'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = '';
    try {
      setCsrf((await request('POST', '/api/admin/login', { password: password.value })).csrf);
      route();
    } catch (error) {
      problem.textContent = error.message;
      password.select();
    }
  });
  main.replaceChildren(form);
  password.focus();
}

byId('logout').addEventListener('click', async () => {
  await app.attempt(() => app.call('POST', '/api/admin/logout'));
  showLogin();
});
addEventListener('hashchange', route);

try {
  setCsrf((await request('GET', '/api/admin/session')).csrf);
  await route();
} catch (error) {
  if (error.status === 401) showLogin();
  else main.replaceChildren(element('p', { class: 'card error' }, error.message));
}
