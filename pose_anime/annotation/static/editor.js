// The drawing on the stage: shows the marking and turns gestures and commands into new states of it.

import { drawAim } from './aim.js';
import { svg } from './dom.js';
import { listen } from './gestures.js';
import { makeLoupe } from './loupe.js';
import * as marking from './points.js';
import { drawSkeleton } from './skeleton.js';
import * as looking from './view.js';

const SLOP = { mouse: 4, touch: 8 }; // CSS pixels that a press may move and still be a click
const REACH = { mouse: 9, touch: 24 }; // CSS pixels round a joint that belong to it
const NARROW = 10; // the same for a finger while a joint waits to be placed: a slide then aims
const ENOUGH = 3; // CSS pixels for one pixel of the image from which no loupe is needed below a mouse
const BIG = 10; // pixels of the image for an arrow key with Shift
const HELD = [[24, 10], [8, 4]]; // an arrow key held down makes longer steps of the cross: [repeats, times]
const ZOOM = 1.25;
const PIXELATED = 4; // CSS pixels for one pixel of the image from which the pixels themselves are shown

/**
 * @param parts {stage, picture, overlay, loupe}: elements.
 * @param skeleton {joints, bones, mirror, torso}.
 * @param on {changed(state), hint(text)}: a state was shown; why nothing happened.
 */
export function makeEditor({ stage, picture, overlay, loupe }, skeleton, on) {
  const glass = makeLoupe(loupe, picture, stage);
  const drawn = svg('g');
  const aim = svg('g', { class: 'aim' });
  overlay.append(drawn, aim);

  let image = null; // {width, height, ...} of the drawing
  let state = null;
  let reported = null; // the state that was last told of
  let view = null;
  let fitted = true; // the view is the whole image, and stays so when the window changes
  let template = null;
  let cross = null; // place of the keyboard's cross, pixels of the image
  let press = null; // {at, hit, since, moved, touch, preview}
  let pointed = null; // where the mouse is, CSS pixels of the stage
  let nudged = null; // {index, since}: a row of nudges is one step of undo

  const room = () => ({ width: stage.clientWidth, height: stage.clientHeight });
  const middle = () => ({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
  const at = (place) => marking.bounded(looking.toImage(view, place), image);
  const waiting = () => state.current !== null && !state.points[state.current];

  // --- showing ---------------------------------------------------------------------------------------------------

  function show() {
    picture.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    picture.style.imageRendering = view.scale >= PIXELATED ? 'pixelated' : 'auto';
    const shown = state.points.map((point) => point && { ...point, ...looking.toStage(view, point) });
    const current = waiting() ? null : state.current;
    drawSkeleton(drawn, shown, { ...skeleton, current, named: press?.moved ? press.hit : current });
    aimAt();
    if (state !== reported) on.changed((reported = state));
  }

  function aimAt() {
    if (press?.preview) drawAim(aim, press.preview);
    else drawAim(aim, cross && looking.toStage(view, cross), room());
  }

  function become(next) {
    state = next;
    show();
  }

  function look(next, whole = false) {
    view = next;
    fitted = whole;
    show();
  }

  function magnify(place, point = looking.toImage(view, place)) {
    glass.show(place, point, view, image);
  }

  // --- mouse and fingers -----------------------------------------------------------------------------------------

  function hitBy(place, touch) {
    const reach = touch ? (waiting() ? NARROW : REACH.touch) : REACH.mouse;
    let best = null, nearest = reach;
    state.points.forEach((point, i) => {
      if (!point) return;
      const shown = looking.toStage(view, point);
      const far = Math.hypot(shown.x - place.x, shown.y - place.y);
      if (far <= nearest) [best, nearest] = [i, far];
    });
    return best;
  }

  function dragTo(place) {
    const from = looking.toStage(view, press.since.points[press.hit]);
    const to = { x: from.x + place.x - press.at.x, y: from.y + place.y - press.at.y };
    magnify(to);
    become(marking.move(state, press.hit, at(to), press.since));
  }

  function click(place, guessed) {
    if (waiting() || (press.hit === null && state.current !== null)) become(marking.place(state, at(place), guessed));
    else if (press.hit !== null) become(marking.choose(state, press.hit));
    else on.hint('All points are placed. Drag a point to mend it, or press Done.');
  }

  listen(stage, {
    press(place, event) {
      if (!state) return;
      cross = nudged = null;
      const touch = event.pointerType === 'touch';
      press = { at: place, hit: hitBy(place, touch), since: state, moved: false, touch, preview: null };
      if (waiting() || press.hit !== null) magnify(place);
      if (touch && waiting()) press.preview = place;
      aimAt();
    },
    slide(place) {
      if (!press) return;
      const slop = press.touch ? SLOP.touch : SLOP.mouse;
      press.moved ||= Math.hypot(place.x - press.at.x, place.y - press.at.y) > slop;
      if (press.hit !== null && press.moved) {
        press.preview = null;
        dragTo(place);
      } else if (state.current !== null) {
        press.preview = place;
        magnify(place);
        aimAt();
      }
    },
    release(place, event) {
      if (!press) return;
      if (press.hit !== null && press.moved) dragTo(place);
      else click(place, event.shiftKey);
      press = null;
      glass.hide();
      show();
    },
    cancel() {
      if (!press) return;
      const { since } = press;
      press = null;
      glass.hide();
      become(since);
    },
    hover(place) {
      if (!state) return;
      pointed = place;
      if (cross) {
        cross = null;
        aimAt();
      }
      if (waiting() && view.scale < ENOUGH) magnify(place);
      else glass.hide();
    },
    leave() {
      pointed = null;
      glass.hide();
    },
    pan(dx, dy) {
      if (state) look(looking.held(looking.pan(view, dx, dy), image, room()));
    },
    zoom(place, factor) {
      if (state) look(looking.zoom(view, place, factor, image, room()));
    },
    context(place) {
      if (!state) return;
      const hit = hitBy(place, false);
      if (hit !== null) become(marking.toggleGuess(state, hit));
    },
  });

  new ResizeObserver(() => {
    if (!state) return;
    if (fitted) look(looking.fit(image, room()), true);
    else show();
  }).observe(stage);

  // --- commands --------------------------------------------------------------------------------------------------

  const inSight = (point) => {
    view = looking.showing(view, point, room());
    if (view.scale < ENOUGH) magnify(looking.toStage(view, point), point);
    else glass.hide();
  };

  /** Where the keyboard's cross begins: where the template would have the joint. */
  const expected = () => marking.bounded(marking.fitted(template, state.points)[state.current], image);

  function arrow(dx, dy, { big, repeats }) {
    if (waiting()) {
      const times = big ? BIG : 1;
      const faster = HELD.find(([least]) => repeats >= least)?.[1] ?? 1;
      const from = cross ?? expected();
      const by = cross ? times * faster : 0; // the first key only brings the cross up
      cross = marking.bounded({ x: from.x + dx * by, y: from.y + dy * by }, image);
      inSight(cross);
      show();
    } else if (state.current !== null) {
      const index = state.current;
      const point = state.points[index];
      if (nudged?.index !== index || nudged.last !== state) nudged = { index, since: state };
      const by = big ? BIG : 1;
      const to = marking.bounded({ x: point.x + dx * by, y: point.y + dy * by }, image);
      inSight(to);
      become(marking.move(state, index, to, nudged.since));
      nudged.last = state;
    } else on.hint('Choose a point first: type its number, or press N.');
  }

  function placeAtCross() {
    if (!waiting()) {
      if (state.current === null) return false;
      become(marking.release(state));
      return true;
    }
    if (!cross) {
      cross = expected();
      inSight(cross);
      show();
      return true;
    }
    const placed = cross;
    cross = null;
    glass.hide();
    state = marking.place(state, placed);
    if (waiting()) {
      cross = expected();
      inSight(cross);
    }
    show();
    return true;
  }

  const apply = (change) => () => {
    if (!state) return;
    cross = press = null;
    glass.hide();
    become(change(state));
  };

  return {
    /** Begins with a drawing; resolves when its picture is there. */
    async open(nextImage, points, nextTemplate) {
      state = null;
      picture.src = nextImage.url;
      await picture.decode();
      image = nextImage;
      template = nextTemplate;
      picture.style.width = `${image.width}px`;
      picture.style.height = `${image.height}px`;
      cross = press = nudged = null;
      state = marking.begin(points);
      look(looking.fit(image, room()), true);
    },
    close() {
      state = null;
      glass.hide();
      picture.removeAttribute('src');
      drawn.replaceChildren();
      aim.replaceChildren();
    },
    get state() {
      return state;
    },
    /** Shows these points; `other` ones stay one undo away. */
    adopt: (points, other) => apply((now) => marking.adopt({ ...now, points: other }, points))(),
    arrow: (dx, dy, how) => state && arrow(dx, dy, how),
    placeAtCross: () => state && placeAtCross(),
    choose: (index) => apply((now) => marking.choose(now, index))(),
    next: apply((now) => marking.step(now, 1)),
    previous: apply((now) => marking.step(now, -1)),
    undo: apply(marking.undo),
    redo: apply(marking.redo),
    remove: apply(marking.remove),
    guess: apply((now) => marking.toggleGuess(now)),
    swapAll: apply((now) => marking.swap(now, skeleton.mirror)),
    swapPair: apply((now) => (now.current === null ? now : marking.swap(now, skeleton.mirror, now.current))),
    fillIn: (points) => apply((now) => marking.fillIn(now, points))(),
    /** The template laid over what is placed. */
    fitTemplate: () =>
      marking.fitted(template, state.points).map((point) => ({ ...marking.bounded(point, image), v: marking.SEEN })),
    nearer: () => state && look(looking.zoom(view, centre(), ZOOM, image, room())),
    farther: () => state && look(looking.zoom(view, centre(), 1 / ZOOM, image, room())),
    fit: () => state && look(looking.fit(image, room()), true),
    /** Where a point of the image is on the stage, and back. */
    toStage: (point) => looking.toStage(view, point),
    toImage: (place) => looking.toImage(view, place),
  };

  /** What the keys zoom at: the cross, the mouse, the chosen joint, or the middle. */
  function centre() {
    if (cross) return looking.toStage(view, cross);
    if (pointed) return pointed;
    const chosen = state.current === null ? null : state.points[state.current];
    return chosen ? looking.toStage(view, chosen) : middle();
  }
}
