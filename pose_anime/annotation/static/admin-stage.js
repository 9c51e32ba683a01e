// The image under review: every annotation in its colour as thin lines, and the proposal, whose joints can be dragged.

import { element, svg } from './dom.js';
import { listen } from './gestures.js';
import { bounded, GUESSED } from './points.js';
import { drawSkeleton } from './skeleton.js';
import * as looking from './view.js';

const REACH = { mouse: 10, touch: 24 }; // CSS pixels round a joint that belong to it
const SLOP = 4; // CSS pixels that a press may move and still be a click
const ZOOM = 1.25;
const CLOSE = 0.35; // of the shorter side of the stage: how long a torso is when a joint is looked at

function thin(group, points, bones, colour, stressed) {
  const lines = bones.filter(([i, j]) => points[i] && points[j]).map(([i, j]) => {
    const ends = { x1: points[i].x, y1: points[i].y, x2: points[j].x, y2: points[j].y };
    return [svg('line', { ...ends, class: 'thin-halo' }), svg('line', { ...ends, stroke: colour, class: 'thin' })];
  });
  const dots = points.map((point, i) => point && svg('circle', {
    cx: point.x, cy: point.y, r: i === stressed ? 5 : 3, class: 'thin-dot', stroke: colour,
    fill: point.v === GUESSED ? '#fff' : colour,
  }));
  group.append(...lines.map(([halo]) => halo), ...lines.map(([, line]) => line), ...dots.filter(Boolean));
}

/**
 * @param skeleton {joints, bones, torso}.
 * @param on {moved(index, point, since), chosen(index)}: a joint of the proposal is dragged (`since`: the points that
 *   the drag began with) or pressed.
 */
export function makeStage(image, skeleton, on) {
  const picture = element('img', { id: 'picture', alt: 'The image under review', draggable: false });
  const [others, proposal] = [svg('g', { class: 'others' }), svg('g')];
  const overlay = svg('svg', { id: 'overlay', 'aria-hidden': 'true' }, others, proposal);
  const button = (text, name, does) => element('button', { type: 'button', 'aria-label': name, title: name, onclick: does }, text);
  const label = 'The image. Drag a joint to move it.';
  const stage = element('div', { id: 'stage', tabindex: 0, role: 'application', 'aria-label': label },
    picture, overlay, element('div', { id: 'zoom', role: 'group', 'aria-label': 'Zoom' },
      button('+', 'Zoom in (+)', () => nearer(ZOOM)), button('−', 'Zoom out (-)', () => nearer(1 / ZOOM)), button('⤢', 'Show the whole image (F)', () => fit())));
  let view = null;
  let fitted = true;
  let shown = { layers: [], points: null, current: null, editable: false };
  let press = null;

  const room = () => ({ width: stage.clientWidth, height: stage.clientHeight });
  const onStage = (points) => points.map((point) => point && { ...point, ...looking.toStage(view, point) });

  function show() {
    if (!view) return;
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    others.replaceChildren();
    for (const { points, colour } of shown.layers) thin(others, onStage(points), skeleton.bones, colour, shown.current);
    if (shown.points) drawSkeleton(proposal, onStage(shown.points), { ...skeleton, current: shown.current, named: shown.current });
    else proposal.replaceChildren();
  }
  function look(next, whole = false) {
    [view, fitted] = [next, whole];
    show();
  }
  const fit = () => look(looking.fit(image, room()), true);
  const nearer = (factor) => {
    const { width, height } = room();
    const chosen = shown.current === null ? null : shown.points?.[shown.current];
    const at = chosen ? looking.toStage(view, chosen) : { x: width / 2, y: height / 2 };
    look(looking.zoom(view, at, factor, image, room()));
  };

  function hitBy(place, reach) {
    let best = null, nearest = reach;
    (shown.points ?? []).forEach((point, i) => {
      if (!point) return;
      const there = looking.toStage(view, point);
      const far = Math.hypot(there.x - place.x, there.y - place.y);
      if (far <= nearest) [best, nearest] = [i, far];
    });
    return best;
  }
  const dragTo = (place) => {
    const from = looking.toStage(view, press.since[press.hit]);
    const to = looking.toImage(view, { x: from.x + place.x - press.at.x, y: from.y + place.y - press.at.y });
    on.moved(press.hit, bounded(to, image), press.since);
  };

  listen(stage, {
    press(place, event) {
      const hit = hitBy(place, event.pointerType === 'touch' ? REACH.touch : REACH.mouse);
      press = { at: place, last: place, hit, since: shown.points, moved: false };
    },
    slide(place) {
      if (!press) return;
      press.moved ||= Math.hypot(place.x - press.at.x, place.y - press.at.y) > SLOP;
      if (!press.moved) return;
      if (press.hit !== null && shown.editable) dragTo(place);
      else look(looking.held(looking.pan(view, place.x - press.last.x, place.y - press.last.y), image, room()));
      press.last = place;
    },
    release(place) {
      if (press && !press.moved) on.chosen(press.hit);
      press = null;
    },
    cancel() {
      if (press?.moved && press.hit !== null && shown.editable) on.moved(press.hit, press.since[press.hit], press.since);
      press = null;
    },
    hover() {},
    leave() {},
    pan: (dx, dy) => look(looking.held(looking.pan(view, dx, dy), image, room())),
    zoom: (place, factor) => look(looking.zoom(view, place, factor, image, room())),
    context() {},
  });

  const observer = new ResizeObserver(() => {
    if (!stage.clientWidth) return;
    if (fitted) fit();
    else show();
  });
  observer.observe(stage);
  picture.style.width = `${image.width}px`;
  picture.style.height = `${image.height}px`;
  picture.addEventListener('error', () =>
    stage.append(element('p', { class: 'hint error' }, 'The file of this image cannot be shown. Is it still in the folder?')));
  picture.src = image.url;

  return {
    stage,
    fit,
    nearer: () => nearer(ZOOM),
    farther: () => nearer(1 / ZOOM),
    /** Shows layers [{points, colour}] and the proposal (null: none) with one joint stressed. */
    draw(next) {
      shown = next;
      show();
    },
    /** Looks closely at a joint of the proposal. */
    lookAt(index, torso) {
      const { width, height } = room();
      const scale = Math.max(looking.fit(image, room()).scale, torso ? (CLOSE * Math.min(width, height)) / torso : 0);
      const point = shown.points?.[index];
      if (point) look({ scale, x: width / 2 - point.x * scale, y: height / 2 - point.y * scale });
    },
    close: () => observer.disconnect(),
  };
}
