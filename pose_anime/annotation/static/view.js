// What part of the image is seen: {scale, x, y}, so that a point of the image lies at `image * scale + (x, y)` of the
// stage, in CSS pixels. Pure functions.

// CSS pixels left free round the whole image; below and above it words lie on the stage.
const MARGIN = { top: 30, bottom: 48, side: 20 };
const CLOSEST = 40; // CSS pixels of the stage for one pixel of the image
const KEPT = 60; // CSS pixels of the image that stay in sight however far it is moved

export const toStage = (view, p) => ({ x: p.x * view.scale + view.x, y: p.y * view.scale + view.y });
export const toImage = (view, p) => ({ x: (p.x - view.x) / view.scale, y: (p.y - view.y) / view.scale });

/** The whole image in the middle of the stage. */
export function fit(image, stage) {
  const width = Math.max(stage.width - 2 * MARGIN.side, stage.width / 2);
  const height = Math.max(stage.height - MARGIN.top - MARGIN.bottom, stage.height / 2);
  const scale = Math.min(width / image.width, height / image.height);
  const top = Math.min(MARGIN.top, stage.height / 4);
  return { scale, x: (stage.width - image.width * scale) / 2, y: top + (height - image.height * scale) / 2 };
}

/** Keeps a part of the image in sight. */
export function held(view, image, stage) {
  const within = (value, size, room) => Math.min(Math.max(value, KEPT - size * view.scale), room - KEPT);
  return { ...view, x: within(view.x, image.width, stage.width), y: within(view.y, image.height, stage.height) };
}

/** Nearer or farther by a factor; the point of the image below `at` stays below it. */
export function zoom(view, at, factor, image, stage) {
  const least = fit(image, stage).scale / 2;
  const scale = Math.min(Math.max(view.scale * factor, least), CLOSEST);
  const below = toImage(view, at);
  return held({ scale, x: at.x - below.x * scale, y: at.y - below.y * scale }, image, stage);
}

export const pan = (view, dx, dy) => ({ ...view, x: view.x + dx, y: view.y + dy });

/** Moves the view just so far that a point of the image is in sight, `margin` CSS pixels from the edge. */
export function showing(view, point, stage, margin = 48) {
  const at = toStage(view, point);
  const by = (value, size) => {
    const edge = Math.min(margin, size / 3);
    return Math.min(Math.max(value, edge), size - edge) - value;
  };
  return pan(view, by(at.x, stage.width), by(at.y, stage.height));
}
