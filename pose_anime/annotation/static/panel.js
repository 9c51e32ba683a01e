// The words and buttons round the drawing: which point is next, the list of all, the tools, what looks odd.

import { byId, element } from './dom.js';
import { makeGuide } from './guide.js';
import { labelOf, sideOf, whereIs } from './joints.js';
import { complete, GUESSED, missing } from './points.js';

const FINGERS = matchMedia('(pointer: coarse)');
const HINTS = {
  mouse: 'Click to place, or arrow keys and Enter · hidden? Shift+click where you think it is · wheel: zoom'
    + ' · drag: mend',
  fingers: 'Press, slide, lift to place · two fingers: zoom',
};
const SIDES = {
  left: 'If it faces us: on our right.',
  right: 'If it faces us: on our left.',
  middle: '',
};

/** @param choose called with the index of a joint that was chosen in the list. */
export function makePanel({ joints, mirror }, choose) {
  const guide = makeGuide(joints, choose);
  byId('guide').append(guide.node);
  const chips = joints.map((joint, i) =>
    element('button', { class: `chip ${sideOf(joint)}`, title: labelOf(joint), onclick: () => choose(i) },
      element('b', {}, String(i + 1))));
  byId('list').append(...chips);
  const button = (command) => document.querySelector(`[data-does="${command}"]`);
  let spoken = null;
  let shown = null;
  let note = '';

  function showList(state) {
    chips.forEach((chip, i) => {
      const point = state.points[i];
      chip.classList.toggle('placed', Boolean(point));
      chip.classList.toggle('guessed', point?.v === GUESSED);
      chip.setAttribute('aria-current', i === state.current ? 'step' : 'false');
      const how = point ? (point.v === GUESSED ? 'placed, guessed' : 'placed') : 'not placed yet';
      chip.setAttribute('aria-label', `${i + 1}, ${labelOf(joints[i])}: ${how}`);
      if (i === state.current && shown !== i) chip.scrollIntoView({ block: 'nearest', inline: 'center' });
    });
    shown = state.current;
  }

  function showTask(state) {
    const joint = state.current === null ? null : joints[state.current];
    const placed = joints.length - missing(state);
    guide.show(joint);
    const words = joint
      ? [`Point ${state.current + 1} of ${joints.length}`, labelOf(joint), whereIs(joint)]
      : ['All points are placed', 'Look it over', 'Drag what is not right yet, then press Done.'];
    byId('step').textContent = words[0];
    byId('joint').textContent = words[1];
    byId('joint').className = joint ? sideOf(joint) : '';
    byId('where').textContent = words[2];
    byId('side').textContent = joint ? SIDES[sideOf(joint)] : '';
    const text = `${placed} of ${joints.length} placed. ${joint ? `Next: ${words[1]}. ${words[2]}` : words[2]}`;
    if (text !== spoken) byId('spoken').textContent = spoken = text;
  }

  function showTools(state, hasPrediction) {
    const chosen = state.current === null ? null : state.points[state.current];
    const guessed = chosen ? chosen.v === GUESSED : state.guess;
    button('undo').disabled = !state.past.length;
    button('redo').disabled = !state.future.length;
    button('guess').disabled = state.current === null;
    button('guess').setAttribute('aria-pressed', String(guessed));
    button('swapAll').disabled = missing(state) === joints.length;
    button('swapPair').disabled = !chosen || mirror[state.current] === state.current;
    button('template').disabled = complete(state);
    button('prediction').hidden = !hasPrediction;
    button('prediction').disabled = complete(state);
    button('finish').disabled = !complete(state);
    document.body.dataset.complete = String(complete(state));
  }

  function showRemarks(remarks) {
    const box = byId('remarks');
    box.hidden = !remarks.length;
    const count = remarks.length === 1 ? 'One thing looks' : `${remarks.length} things look`;
    box.firstElementChild.textContent = `${count} odd`;
    const entry = ({ text, joints: about }) =>
      element('li', {}, element('button', { class: 'quiet', onclick: () => choose(about[0]) }, text));
    box.lastElementChild.replaceChildren(...remarks.map(entry));
  }

  return {
    show(state, remarks, hasPrediction) {
      showTask(state);
      showList(state);
      showTools(state, hasPrediction);
      showRemarks(remarks);
    },
    /** A hint on the drawing: what happened, or else the usual one; what somebody wrote stays beside it. */
    hint(text = '') {
      const usual = FINGERS.matches ? HINTS.fingers : HINTS.mouse;
      byId('hint').textContent = [text, note].filter(Boolean).join(' ') || usual;
    },
    /** What somebody wrote about the drawing that is shown now, or ''. */
    note(text) {
      note = text;
      byId('hint').classList.toggle('note', Boolean(note));
      this.hint();
    },
    /** Who made the drawing and where it is from; a link only where it is one. */
    credit({ artist, source }) {
      const link = /^https?:\/\//.test(source ?? '')
        ? element('a', { href: source, rel: 'noreferrer noopener', target: '_blank' }, 'source')
        : null;
      byId('credit').replaceChildren(artist ? `by ${artist} ` : '', link ?? '');
    },
  };
}
