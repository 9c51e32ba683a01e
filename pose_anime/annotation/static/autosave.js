// Saves one annotation: kept on this device at once, sent soon after, sent again until the service has it.
//
// A save has an id of its own, kept with the draft: sent twice (the answer was lost, the page was reloaded), it is
// saved once. Of two windows that changed the same drawing the later change wins; the other stays one undo away.

import { call } from './api.js';
import * as drafts from './drafts.js';

const SOON = 300; // milliseconds after a change
const BACKOFF = [500, 1000, 2000, 4000, 8000, 15000, 30000]; // milliseconds between attempts

const same = (a, b) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));
const plain = (points) => points.map((point) => point && [point.x, point.y, point.v]);
// Not crypto.randomUUID, which browsers have only behind https.
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * @param annotation {id, revision, points, start, seconds, updated} as the service gave it.
 * @param owner who marks; drafts of others on this device are left alone.
 * @param on {status(name), points(points, other), lost(text), signedOut()}: 'saved', 'saving' or 'offline'; points to
 *   show, and the other ones that they won against; why the drawing is no longer this annotator's; the session ended.
 */
export function autosave(annotation, owner, on) {
  const { id } = annotation;
  const { revision, points, start, seconds } = annotation;
  let draft = { owner, revision, points, start, seconds };
  let sentBefore = []; // points of saves whose answer was lost
  let timer = null, busy = false, attempt = 0, closed = false, waiting = [];

  const kept = drafts.load(id);
  if (kept?.save && kept.owner === owner && !same(kept.points, annotation.points)) {
    const newer = kept.revision >= annotation.revision || kept.changed / 1000 > (annotation.updated ?? Infinity);
    const mine = { ...kept, revision: Math.max(kept.revision, annotation.revision) };
    if (newer) draft = mine;
    else on.points(annotation.points, kept.points);
  }
  store();
  if (draft.save) later(0);
  else on.status('saved');

  function store() {
    drafts.keep(id, draft);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(send, milliseconds);
  }

  async function send() {
    if (busy || closed || !draft.save) return;
    busy = true;
    if (attempt === 0) on.status('saving');
    const { save, points, revision, start, seconds } = draft;
    try {
      const answer = await call('PUT', `/api/annotations/${id}`, { revision, points, save, start, seconds });
      acknowledged(save, answer);
    } catch (error) {
      refused(error, points);
    } finally {
      busy = false;
    }
    if (!closed && draft.save && attempt === 0) later(SOON);
  }

  function acknowledged(save, { revision, saved }) {
    attempt = 0;
    sentBefore = [];
    draft = { ...draft, revision, ahead: saved * 1000 - Date.now() };
    if (draft.save === save) draft = { ...draft, save: null };
    store();
    if (!draft.save) {
      on.status('saved');
      settle();
    }
  }

  function refused(error, points) {
    if (error.passing) {
      sentBefore.push(points);
      attempt += 1;
      on.status('offline');
      later(BACKOFF[Math.min(attempt, BACKOFF.length) - 1]);
    } else if (error.status === 409 && error.data.revision !== undefined) {
      attempt = 0;
      rebase(error.data);
    } else {
      closed = true;
      settle(error);
      if (error.status === 401) on.signedOut();
      else on.lost(error.message);
    }
  }

  /** The service has a later revision than the one that was changed here. */
  function rebase({ revision, points, updated }) {
    const ours = same(points, draft.points) || sentBefore.some((sent) => same(sent, points));
    sentBefore = [];
    const newer = ours || draft.changed / 1000 > (updated ?? 0);
    if (newer) {
      draft = { ...draft, revision, save: newId() };
      if (!ours) on.points(draft.points, points);
    } else {
      const lostPoints = draft.points;
      draft = { ...draft, revision, points, save: null };
      on.points(points, lostPoints);
      on.status('saved');
      settle();
    }
    store();
  }

  function settle(error = null) {
    for (const { resolve, reject } of waiting) error ? reject(error) : resolve(draft.revision);
    waiting = [];
  }

  const hurry = () => {
    if (!closed && draft.save && !busy) {
      attempt = 0;
      later(0);
    }
  };
  addEventListener('online', hurry);

  return {
    /** What to show at the start. */
    get points() {
      return draft.points;
    },
    get draft() {
      return draft;
    },
    /** Keeps a change and sends it soon; `more` are further fields of the draft. */
    change(points, more = {}) {
      if (closed || same(points, draft.points)) return;
      draft = { ...draft, ...more, points, changed: Date.now() + (draft.ahead ?? 0), save: newId() };
      store();
      if (attempt === 0) {
        on.status('saving');
        later(SOON);
      }
    },
    /** Another window of this browser kept this; true if it is news. */
    follow(other) {
      if (closed || other.owner !== owner) return false;
      const news = !same(other.points, draft.points) && (other.changed ?? 0) > (draft.changed ?? 0);
      draft = { ...draft, revision: Math.max(other.revision, draft.revision) };
      // That window sends it; this one must not, so that one change is not sent from two windows.
      if (news) draft = { ...draft, points: other.points, save: null };
      if (!draft.save) on.status(other.save ? 'saving' : 'saved');
      return news;
    },
    /** Sends now what is not sent. */
    hurry,
    /** The revision, once all is acknowledged. Waits as long as there is no connection. */
    async settled() {
      if (!draft.save) return draft.revision;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        hurry();
      });
    },
    /** Ends it; what is not acknowledged stays on this device, unless `forget`. */
    close(forget = false) {
      closed = true;
      clearTimeout(timer);
      settle(new Error('Another drawing was opened.'));
      removeEventListener('online', hurry);
      if (forget || !draft.save) drafts.drop(id);
    },
  };
}

/** Sends what earlier visits left unsent. What was changed elsewhere since is settled when it is opened. */
export async function sendLeftovers(owner) {
  for (const [id, draft] of drafts.unsent(owner)) {
    const { revision, points, save, start, seconds } = draft;
    try {
      await call('PUT', `/api/annotations/${id}`, { revision, points, save, start, seconds });
      drafts.drop(id);
    } catch (error) {
      if (error.passing || error.status === 401) return;
      // Given to someone else, or closed. Of an annotator of the same name (404) it waits for their personal link.
      if (error.status === 409 && error.data.revision === undefined) drafts.drop(id);
    }
  }
}
