// What this device keeps of each drawing until the service has acknowledged it. All windows of one browser share it.

const PREFIX = 'draft:';
const memory = new Map(); // where the browser keeps nothing (private windows, full disks)

const read = (key) => {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
};

/**
 * The draft {owner, revision, points, start, seconds, laid, save, changed, ahead} of an annotation, or null: `save`
 * names what is not acknowledged yet, `changed` is when, in milliseconds of the service's clock, which is `ahead` of
 * ours.
 */
export function load(annotation) {
  try {
    return JSON.parse(read(PREFIX + annotation));
  } catch {
    return null;
  }
}

export function keep(annotation, draft) {
  const text = JSON.stringify(draft);
  memory.set(PREFIX + annotation, text);
  try {
    localStorage.setItem(PREFIX + annotation, text);
  } catch {
    // Kept in memory; the service gets it all the same.
  }
}

export function drop(annotation) {
  memory.delete(PREFIX + annotation);
  try {
    localStorage.removeItem(PREFIX + annotation);
  } catch {
    // Nothing was kept.
  }
}

/** [annotation id, draft] of all that was not acknowledged yet, of one annotator. */
export function unsent(owner) {
  let keys = [];
  try {
    keys = Object.keys(localStorage);
  } catch {
    // None.
  }
  return keys
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => [Number(key.slice(PREFIX.length)), load(key.slice(PREFIX.length))])
    .filter(([, draft]) => draft?.save && draft.owner === owner);
}

/** Calls `changed(annotation, draft)` when another window of this browser keeps a draft. */
export function watch(changed) {
  addEventListener('storage', ({ key, newValue }) => {
    if (key?.startsWith(PREFIX) && newValue) changed(Number(key.slice(PREFIX.length)), JSON.parse(newValue));
  });
}
