// The marking of one drawing as plain data; each function returns a new state and changes nothing.
//
// A state is {points, current, guess, past, future}: `points` as the service has them (null, or {x, y, v} in pixels
// of the image, v 2 seen and 1 guessed), `current` the index of the joint to place or to move (null when all are
// placed and none is chosen), `guess` whether the next one is placed as guessed, `past` and `future` earlier and
// undone points.

export const SEEN = 2;
export const GUESSED = 1;
const REMEMBERED = 500; // steps of undo

export const begin = (points) => ({
  points,
  current: firstMissing(points),
  guess: false,
  past: [],
  future: [],
});

const firstMissing = (points, from = 0) => {
  for (let step = 0; step < points.length; step += 1) {
    const index = (from + step) % points.length;
    if (!points[index]) return index;
  }
  return null;
};

export const missing = (state) => state.points.filter((point) => !point).length;
export const complete = (state) => missing(state) === 0;

const changed = (state, points, more = {}) => ({
  ...state,
  points,
  past: [...state.past, { points: state.points, current: state.current }].slice(-REMEMBERED),
  future: [],
  ...more,
});

const withPoint = (points, index, point) => points.map((old, i) => (i === index ? point : old));

/** Coordinates with two decimals, at most one image size outside the image: what the service takes. */
export function bounded({ x, y }, image) {
  const within = (value, size) => Math.round(Math.min(Math.max(value, -size), 2 * size) * 100) / 100;
  return { x: within(x, image.width), y: within(y, image.height) };
}

/** Puts the current joint at a place and goes on to the next that is missing. */
export function place(state, at, guessed = false) {
  if (state.current === null) return state;
  const point = { x: at.x, y: at.y, v: guessed || state.guess ? GUESSED : SEEN };
  const points = withPoint(state.points, state.current, point);
  return changed(state, points, { current: firstMissing(points, state.current), guess: false });
}

/**
 * Moves a placed joint; `since` is the state the drag began with, so that a drag is one step of undo. A joint that
 * waits to be placed stays the current one.
 */
export function move(state, index, at, since = state) {
  const point = { ...state.points[index], x: at.x, y: at.y };
  const waiting = since.current !== null && !since.points[since.current];
  return changed(since, withPoint(since.points, index, point), { current: waiting ? since.current : index });
}

/** Takes the current joint away, or, when it is not placed, the one that was placed last. */
export function remove(state) {
  if (state.current === null) return state;
  if (!state.points[state.current]) return undo(state);
  return changed(state, withPoint(state.points, state.current, null));
}

/** Sets one joint to guessed or back to seen; a joint that is not placed yet will be placed so. */
export function toggleGuess(state, index = state.current) {
  if (index === null) return state;
  const point = state.points[index];
  if (!point) return { ...state, guess: !state.guess };
  return changed(state, withPoint(state.points, index, { ...point, v: point.v === SEEN ? GUESSED : SEEN }));
}

export const choose = (state, index) => ({ ...state, current: index, guess: false });

/** Ends the choice of a placed joint: on to what is missing. */
export const release = (state) => ({ ...state, current: firstMissing(state.points, state.current) });

/** The joint before (-1) or after (1) the current one, round the end. */
export function step(state, by) {
  const from = state.current ?? (by > 0 ? -1 : 0);
  return choose(state, (from + by + state.points.length) % state.points.length);
}

/** Swaps left and right, of all joints or of the pair that `index` is in. */
export function swap(state, mirror, index = null) {
  const swapped = (i) => index === null || i === index || mirror[i] === index;
  return changed(state, state.points.map((point, i) => (swapped(i) ? state.points[mirror[i]] : point)));
}

/** Puts every joint that is missing where `points` has it; what is placed stays. */
export function fillIn(state, points) {
  return changed(state, state.points.map((point, i) => point ?? points[i]), { current: null, guess: false });
}

/** Other points (from another window) take the place of these, which stay one undo away. */
export const adopt = (state, points) => changed(state, points, { current: firstMissing(points) });

export function undo(state) {
  if (!state.past.length) return state;
  const { points, current } = state.past.at(-1);
  const now = { points: state.points, current: state.current };
  return { ...state, points, current, guess: false, past: state.past.slice(0, -1), future: [now, ...state.future] };
}

export function redo(state) {
  if (!state.future.length) return state;
  const [{ points, current }, ...future] = state.future;
  const now = { points: state.points, current: state.current };
  return { ...state, points, current, guess: false, past: [...state.past, now], future };
}

/**
 * The template laid over the joints that are placed: by shift and size from two of them or more (least squares),
 * by shift from one, as it is from none.
 */
export function fitted(template, points) {
  const pairs = points.flatMap((point, i) => (point ? [[template[i], point]] : []));
  if (!pairs.length) return template;
  const mean = (side, axis) => pairs.reduce((sum, pair) => sum + pair[side][axis], 0) / pairs.length;
  const from = { x: mean(0, 'x'), y: mean(0, 'y') };
  const to = { x: mean(1, 'x'), y: mean(1, 'y') };
  let along = 0, square = 0;
  for (const [t, p] of pairs) {
    along += (t.x - from.x) * (p.x - to.x) + (t.y - from.y) * (p.y - to.y);
    square += (t.x - from.x) ** 2 + (t.y - from.y) ** 2;
  }
  const size = square > 0 && along > 0 ? along / square : 1;
  const shifted = (value, axis) => to[axis] + (value - from[axis]) * size;
  return template.map((t) => ({ ...t, x: shifted(t.x, 'x'), y: shifted(t.y, 'y') }));
}
