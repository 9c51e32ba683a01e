// The marking page: fetches a drawing, has it marked and saved, and goes on to the next.

import { call, setCsrf } from './api.js';
import { autosave, sendLeftovers } from './autosave.js';
import { remarks } from './checks.js';
import { askReason, chooseOld, showHelp } from './dialogs.js';
import { byId, element } from './dom.js';
import * as drafts from './drafts.js';
import { makeEditor } from './editor.js';
import { listenToKeys } from './keys.js';
import { makePanel } from './panel.js';
import { complete } from './points.js';
import { stopwatch } from './stopwatch.js';

const AGAIN = 3000; // milliseconds until a page that could not be loaded is tried again
const STATUS = { saved: 'Saved', saving: 'Saving …', offline: 'Offline: kept on this device' };
const LEASE_SHARE = 3; // how often in the time of a lease a drawing that is only looked at is asked to be kept

let me = null;
let editor = null;
let panel = null;
let task = null; // {image, annotation, prediction, saver, start, laid, clock} of the drawing on the stage
let finishing = false;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function status(name, text = STATUS[name]) {
  byId('status').dataset.status = name;
  byId('status').textContent = text;
}

/** A request that is sent again until the service can be reached. Throws ApiError for a refusal. */
async function persist(method, path, body) {
  for (;;) {
    try {
      return await call(method, path, body);
    } catch (error) {
      if (!error.passing) throw error;
      status('offline', 'Offline: trying again …');
      await pause(AGAIN);
    }
  }
}

// --- notices in place of a drawing ----------------------------------------------------------------------------------

function notice(title, text, ...more) {
  leave();
  status('saved', '');
  document.body.dataset.state = 'notice';
  byId('notice').hidden = false;
  byId('notice').replaceChildren(element('h1', {}, title), element('p', {}, text), ...more);
}

const again = (text) => element('button', { class: 'primary', onclick: () => next() }, text);

const needInvitation = () =>
  notice('An invitation is needed', 'Open the link that you were sent. If you have lost it, ask whoever invited you.');

function nothingLeft(why) {
  const more = [
    again('Look again'),
    element('button', { onclick: () => openOld() }, 'My drawings'),
  ];
  const buttons = element('div', { class: 'row' }, ...more);
  notice('No drawing is left for you', why || 'You have seen them all. Thank you!', buttons);
}

// --- one drawing ----------------------------------------------------------------------------------------------------

function leave() {
  task?.saver.close();
  clearInterval(task?.leaseTimer);
  task = null;
  editor?.close();
}

/** Shows what /api/next or a reopened annotation brought. */
async function open({ image, annotation, prediction, template, lease_seconds: lease, left, why }) {
  leave();
  if (!image) return nothingLeft(why);
  const counts = [me.done ? `${me.done} done` : '', left ? `${left} more` : ''];
  byId('count').textContent = counts.filter(Boolean).join(' · ');
  try {
    await editor.open(image, annotation.points, template);
  } catch {
    notice('The drawing cannot be shown', 'Its picture did not arrive.', again('Try again'));
    return undefined;
  }
  panel.note(annotation.note ? `Please look at this one again: ${annotation.note}` : '');
  const saver = autosave(annotation, me.name, {
    status: (name) => status(name),
    points: (points, other) => {
      editor.adopt(points, other);
      panel.hint('This drawing was also changed in another window. The later change is shown; Undo shows the other.');
    },
    lost: (text) => notice('This drawing is no longer yours', text, again('Next drawing')),
    signedOut: needInvitation,
  });
  const { start, laid, seconds } = saver.draft;
  task = { image, annotation, prediction, saver, start, laid: laid ?? null, clock: stopwatch(seconds) };
  if (lease) task.leaseTimer = setInterval(renewLease, (lease * 1000) / LEASE_SHARE);
  if (saver.points !== annotation.points) editor.adopt(saver.points, editor.state.points);
  byId('notice').hidden = true;
  document.body.dataset.state = 'marking';
  panel.credit(image);
  changed(editor.state);
  byId('stage').focus({ preventScroll: true });
  return undefined;
}

/** Keeps the drawing for who looks at it without changing anything. */
function renewLease() {
  if (document.visibilityState !== 'visible') return;
  call('POST', `/api/annotations/${task.annotation.id}/lease`).catch(() => {}); // the next save will tell
}

function changed(state) {
  if (!task) return;
  const { image, prediction, saver, start, laid, clock } = task;
  saver.change(state.points, { start, laid, seconds: clock.seconds() });
  panel.show(state, remarks(state.points, image, me, laid), Boolean(prediction));
}

async function next() {
  try {
    await open(await persist('POST', '/api/next'));
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  if (error.status === 401) needInvitation();
  else notice('That did not work', error.message, again('Try again'));
}

// --- commands of the page -------------------------------------------------------------------------------------------

async function finish() {
  if (!task || finishing || !complete(editor.state)) return;
  finishing = true;
  byId('done').disabled = true;
  const { saver, annotation } = task;
  const offline = byId('status').dataset.status === 'offline';
  if (offline) panel.hint('Sent as soon as there is a connection. Leave this page open.');
  try {
    const revision = await saver.settled();
    const { done } = await persist('POST', `/api/annotations/${annotation.id}/finish`, { revision });
    me.done = typeof done === 'number' ? done : me.done + 1;
    saver.close(true);
    await next();
    if (task) panel.hint('Saved, thank you. Here is the next one.');
  } catch (error) {
    if (task?.saver === saver) {
      byId('done').disabled = false;
      panel.hint(error.message);
    }
  } finally {
    finishing = false;
  }
}

async function skip() {
  if (!task) return;
  const { annotation, saver } = task;
  const answer = await askReason(me.reasons);
  if (!answer) return;
  try {
    await persist('POST', `/api/annotations/${annotation.id}/skip`, answer);
    saver.close(true);
    await next();
  } catch (error) {
    panel.hint(error.message);
  }
}

async function openOld() {
  try {
    const { annotations } = await persist('GET', '/api/mine');
    const others = annotations.filter(({ id }) => id !== task?.annotation.id);
    const id = await chooseOld(others, me.personal_link);
    if (id === null) return;
    await task?.saver.settled();
    await open(await persist('POST', `/api/annotations/${id}/reopen`));
  } catch (error) {
    panel.hint(error.message);
  }
}

/** Puts the missing points where a start has them. */
function startFrom(start, points) {
  if (!task || complete(editor.state)) return;
  task.start = start;
  // A prediction may well be right as it is; a template is not.
  if (start === 'template') task.laid = points.map((point, i) => (editor.state.points[i] ? null : point));
  editor.fillIn(points);
  panel.hint('Now drag each point to its place, then press Done.');
}

const commands = {
  next: () => editor.next(),
  previous: () => editor.previous(),
  guess: () => editor.guess(),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  remove: () => editor.remove(),
  swapAll: () => editor.swapAll(),
  swapPair: () => editor.swapPair(),
  nearer: () => editor.nearer(),
  farther: () => editor.farther(),
  fit: () => editor.fit(),
  arrow: (dx, dy, how) => editor.arrow(dx, dy, how),
  choose: (number) => editor.choose(number - 1),
  place: () => editor.placeAtCross() || finish(),
  template: () => task && startFrom('template', editor.fitTemplate()),
  prediction: () => task?.prediction && startFrom('prediction', task.prediction.points),
  finish,
  skip,
  help: showHelp,
};

function wire() {
  const press = (button, command) => button.addEventListener('click', (event) => {
    // Pressed by a pointer: the keys stay the stage's, also when a dialog has closed.
    if (event.detail > 0) byId('stage').focus({ preventScroll: true });
    command();
  });
  for (const button of document.querySelectorAll('[data-does]')) press(button, commands[button.dataset.does]);
  press(byId('help'), showHelp);
  press(byId('skip'), skip);
  press(byId('mine'), openOld);
  listenToKeys(commands);
  drafts.watch((id, draft) => {
    if (task?.annotation.id !== id || !task.saver.follow(draft)) return;
    editor.adopt(draft.points, editor.state.points);
  });
  document.addEventListener('visibilitychange', () => task?.saver.hurry());
  addEventListener('pagehide', () => task?.saver.hurry());
}

async function begin() {
  try {
    me = await persist('GET', '/api/me');
  } catch (error) {
    failed(error);
    return;
  }
  setCsrf(me.csrf);
  const parts = Object.fromEntries(['stage', 'picture', 'overlay', 'loupe'].map((id) => [id, byId(id)]));
  panel = makePanel(me, (index) => editor.choose(index));
  editor = makeEditor(parts, me, { changed, hint: (text) => panel.hint(text) });
  wire();
  await sendLeftovers(me.name);
  await next();
}

begin();
