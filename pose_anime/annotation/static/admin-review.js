// The review of one image: all annotations over it, how far they are apart, and the decision.

import { askText } from './admin-ask.js';
import { author, decision, distances, heading, keys, warnings } from './admin-panel.js';
import { makeStage } from './admin-stage.js';
import { element } from './dom.js';
import { labelOf } from './joints.js';
import { GUESSED, SEEN } from './points.js';

const COLOURS = ['#d6006c', '#00a0a0', '#8a3ffc', '#c08a00', '#4d7c0f', '#e4572e', '#3056d3', '#7a5195'];
const WISHES = ['Left and right are exchanged: left is the character’s left.', 'Some joints are not at their place; please look again.'];
const GROUNDS = ['More than one character', 'Too much is cut off', 'Unsuitable'];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const button = (text, onclick, more = {}, key = null) =>
  element('button', { type: 'button', onclick, ...more }, text, key && ' ', key && element('kbd', {}, key));
const box = (text, checked, onchange) =>
  element('label', { class: 'check' }, element('input', { type: 'checkbox', checked, onchange }), text);

export async function showImage(place, { app, argument }) {
  const path = `/api/admin/images/${encodeURIComponent(argument)}`;
  let data = await app.call('GET', path);
  const { image, skeleton } = data;
  const open = image.state === 'open';
  const colourOf = new Map(data.annotations.map((one, i) => [one.id, COLOURS[i % COLOURS.length]]));
  const done = data.annotations.filter((one) => one.state === 'done');
  const hidden = new Set();
  const merged = new Set(data.compared); // what the median is taken of
  let current = null;
  let bare = false; // the image alone
  let past = [];
  // What is proposed: {kind: 'median' | 'one' | 'result' | 'edited', id, points}; null: nothing to accept.
  let proposal = first();

  function first() {
    if (!open && data.result) return { kind: 'result', points: data.result.points };
    if (done.length > 1 && data.median) return { kind: 'median', points: data.median.points };
    if (done.length) return { kind: 'one', id: done[0].id, points: done[0].points };
    return data.result ? { kind: 'result', points: data.result.points } : null;
  }

  const stage = makeStage(image, skeleton, {
    moved(index, point, since) {
      if (!past.length || past.at(-1).points !== since) past.push(proposal);
      current = index;
      edit(since.map((old, i) => (i === index ? { ...old, ...point } : old)));
    },
    chosen(index) {
      current = index;
      show();
    },
  });
  const panel = element('section', { class: 'panel', 'aria-label': 'Decision' });
  place.append(stage.stage, panel);

  const propose = (next) => {
    past = [];
    proposal = next;
    show();
  };
  const take = (one) => propose({ kind: 'one', id: one.id, points: one.points });
  const canMerge = () => open && done.length > 1 && data.median;
  const takeMedian = () => propose({ kind: 'median', points: data.median.points });
  const edit = (points) => {
    proposal = { kind: 'edited', points };
    show();
  };
  function undo() {
    if (past.length) proposal = past.pop();
    show();
  }
  const title = () => {
    if (proposal.kind === 'one') return data.annotations.find((one) => one.id === proposal.id).name;
    return { median: `median of ${merged.size}`, result: 'the result of before', edited: 'edited points' }[proposal.kind];
  };

  // --- deciding ----------------------------------------------------------------------------------------------------

  async function decide(what, body, said) {
    const answer = await app.attempt(() => app.call('POST', `${path}/${what}`, body));
    if (!answer) return;
    app.say(said);
    if (answer.next !== null && answer.next !== image.id && what !== 'reopen') app.go(`image/${answer.next}`);
    else app.go(what === 'reopen' || answer.state === 'open' ? `image/${image.id}` : 'review');
  }
  function accept() {
    if (!open || !proposal) return;
    const revisions = Object.fromEntries(done.map((one) => [one.id, one.revision]));
    const how = { median: { merge: [...merged] }, one: { annotation: proposal.id } }[proposal.kind] ?? { points: proposal.points };
    decide('accept', { ...how, revisions }, 'Accepted.');
  }
  async function sendBack(one) {
    const note = await askText(`Send back to ${one.name}`, 'What should be better? They see this.', 'Send back', { choices: WISHES });
    if (note) decide('send_back', { annotation: one.id, note }, `Sent back to ${one.name}.`);
  }
  async function discard(one) {
    const text = 'Somebody else is asked to mark this image. Why (if you like)?';
    const note = await askText(`Set the annotation of ${one.name} aside?`, text, 'Set aside', { needed: false, danger: true });
    if (note !== null) decide('discard', { annotation: one.id, note }, 'Set aside.');
  }
  async function reject() {
    const reason = await askText('Leave this image out of the data set', 'Why?', 'Reject', { choices: GROUNDS, danger: true });
    if (reason) decide('reject', { reason }, 'Rejected.');
  }
  async function mergeOf(ids) {
    const answer = await app.attempt(() => app.call('GET', `${path}?merge=${ids.join(',')}`));
    if (!answer) return;
    data = answer;
    merged.clear();
    ids.forEach((id) => merged.add(id));
    if (data.median) takeMedian();
    else show();
  }

  // --- showing -----------------------------------------------------------------------------------------------------

  function farthest() {
    const most = Math.max(...data.disagreement.filter((far) => far !== null));
    return data.disagreement.includes(most) ? data.disagreement.indexOf(most) : null;
  }

  function person(one, number) {
    const taken = proposal?.kind === 'one' && proposal.id === one.id;
    const isDone = one.state === 'done';
    const canReturn = open && (isDone || (one.state === 'skipped' && one.reason !== 'discarded'));
    const parts = [
      isDone && box('show', !hidden.has(one.id), ({ target }) => {
        if (target.checked) hidden.delete(one.id);
        else hidden.add(one.id);
        show();
      }),
      isDone && open && done.length > 2 && box('median', merged.has(one.id), ({ target }) => {
        const ids = data.compared.filter((id) => (id === one.id ? target.checked : merged.has(id)));
        if (ids.length > 1) mergeOf(ids);
        else target.checked = true;
      }),
      canReturn && button('Send back …', () => sendBack(one), { class: 'quiet' }),
      canReturn && isDone && button('Set aside …', () => discard(one), { class: 'quiet' }),
    ].filter(Boolean);
    return element('li', { class: `person ${taken ? 'taken' : ''}` },
      element('div', { class: 'head' }, author(one, colourOf.get(one.id)),
        isDone && button('Take this', () => take(one), { 'aria-pressed': String(taken) }, String(number))),
      one.note && element('p', { class: 'note' }, one.note),
      parts.length > 0 && element('div', { class: 'row' }, ...parts));
  }

  function lookAt(index) {
    if (index === null) return;
    current = index;
    show();
    stage.lookAt(index, data.torso);
  }

  function buttons() {
    if (!open) return element('div', { class: 'row decide' }, button('Reopen', () => decide('reopen', {}, 'Open again.')));
    const skipped = done.length < data.k && data.annotations.some((one) => one.state === 'skipped' && one.reason !== 'discarded');
    return element('div', { class: 'row decide' },
      proposal && button(`Accept ${title()}`, accept, { id: 'accept', class: 'primary' }, 'Enter'),
      past.length > 0 && button('Undo', undo),
      button('Reject …', reject, { class: 'danger' }, 'R'),
      skipped && button('Offer it again', () => decide('reopen', {}, 'Those who left it out are asked again.')));
  }

  function chosenJoint() {
    const point = current === null ? null : proposal?.points[current];
    if (!point) return element('p', { class: 'soft tip' }, open && proposal ? 'Drag a joint to move it before you accept.' : '');
    const guessed = point.v === GUESSED;
    return element('p', { class: 'tip' }, `${labelOf(skeleton.joints[current])}: ${guessed ? 'guessed' : 'seen'} `,
      open && button(guessed ? 'Mark as seen' : 'Mark as guessed', guess, {}, 'V'));
  }
  function guess() {
    if (!open || current === null || !proposal?.points[current]) return;
    past.push(proposal);
    edit(proposal.points.map((point, i) => (i === current ? { ...point, v: point.v === SEEN ? GUESSED : SEEN } : point)));
  }
  function nudge(dx, dy) {
    if (!open || current === null || !proposal?.points[current]) return;
    past.push(proposal);
    edit(proposal.points.map((point, i) => (i === current ? { ...point, x: point.x + dx, y: point.y + dy } : point)));
  }

  function show() {
    const alone = done.length < 2 && proposal?.kind === 'one';
    const seen = bare || alone ? [] : done.filter((one) => !hidden.has(one.id));
    const layers = seen.map((one) => ({ points: one.points, colour: colourOf.get(one.id) }));
    stage.draw({ layers, points: bare ? null : proposal?.points ?? null, current, editable: open });
    const wasOpen = panel.querySelector('details.apart')?.open;
    panel.replaceChildren(...[
      heading(data),
      decision(data),
      element('ul', { class: 'people' }, ...data.annotations.map((one) => person(one, done.indexOf(one) + 1))),
      !data.annotations.length && element('p', { class: 'soft' }, 'Nobody has marked this image yet.'),
      warnings(data),
      canMerge() && button(`Median of ${merged.size}`, takeMedian, { 'aria-pressed': String(proposal?.kind === 'median') }, 'M'),
      chosenJoint(),
      distances(data, current, lookAt),
      keys(),
      buttons(),
    ].filter(Boolean));
    const apart = panel.querySelector('details.apart');
    if (apart && wasOpen !== undefined) apart.open = wasOpen;
  }

  // --- keys --------------------------------------------------------------------------------------------------------

  function onKey(event) {
    if (event.target.closest('input[type="text"], textarea, dialog') || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key !== 'z') return;
    const arrow = ARROWS[key];
    if (arrow && current !== null) nudge(...arrow.map((by) => by * (event.shiftKey ? 10 : 1)));
    else if (key === 'z' && (event.ctrlKey || event.metaKey)) undo();
    else if (key === 'Enter' && !event.target.closest('button, a, summary')) accept();
    else if (key === 'm' && canMerge()) takeMedian();
    else if (/^[1-9]$/.test(key) && done[Number(key) - 1]) take(done[Number(key) - 1]);
    else if (key === 'w') lookAt(farthest());
    else if (key === 'v') guess();
    else if (key === 'h') {
      bare = !bare;
      show();
    } else if (key === 'r' && open) reject();
    else if (key === 'n' && data.next !== null) app.go(`image/${data.next}`);
    else if (key === '+' || key === '=') stage.nearer();
    else if (key === '-') stage.farther();
    else if (key === 'f') stage.fit();
    else return;
    event.preventDefault();
  }
  addEventListener('keydown', onKey);
  show();
  return () => {
    removeEventListener('keydown', onKey);
    stage.close();
  };
}
