// Mouse, pen and fingers on the stage as few plain events; places are CSS pixels of the stage.

const WHEEL = 0.0016; // of the logarithm of the zoom, for one pixel of the wheel

/**
 * @param stage the element that is touched.
 * @param on {press(at, event), slide(at), release(at, event), cancel(), hover(at), leave(), pan(dx, dy),
 *   zoom(at, factor), context(at)}; a press is followed by slides and by a release or a cancel.
 */
export function listen(stage, on) {
  const fingers = new Map();
  let mode = 'idle'; // 'idle', 'press', 'pan', 'pinch', and 'rest': fingers that are left over from a pinch
  let spaceHeld = false;
  let last = null;

  const place = (event) => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  const become = (next) => {
    mode = next;
    stage.classList.toggle('panning', mode === 'pan' || spaceHeld);
  };

  stage.addEventListener('pointerdown', (event) => {
    if (event.target.closest('button, a')) return;
    stage.focus({ preventScroll: true });
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    const at = place(event);
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      if (mode === 'press') on.cancel();
      last = spread();
      become('pinch');
    } else if (fingers.size > 2) {
      become('rest');
    } else if (event.button === 1 || (event.button === 0 && spaceHeld)) {
      last = at;
      become('pan');
    } else if (event.button === 2) {
      on.context(at);
      become('rest');
    } else if (event.button === 0) {
      become('press');
      on.press(at, event);
    }
  });

  stage.addEventListener('pointermove', (event) => {
    const at = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, at);
    if (mode === 'press') on.slide(at);
    else if (mode === 'pan') {
      on.pan(at.x - last.x, at.y - last.y);
      last = at;
    } else if (mode === 'pinch' && fingers.size === 2) {
      const now = spread();
      on.pan(now.x - last.x, now.y - last.y);
      if (last.apart > 0 && now.apart > 0) on.zoom(now, now.apart / last.apart);
      last = now;
    } else if (mode === 'idle' && event.pointerType !== 'touch' && (event.movementX || event.movementY)) on.hover(at);
  });

  const lifted = (event, end) => {
    if (!fingers.delete(event.pointerId)) return;
    if (mode === 'press') end(place(event), event);
    if (fingers.size === 0) become('idle');
    else if (mode === 'pinch') become('rest');
  };
  stage.addEventListener('pointerup', (event) => lifted(event, on.release));
  stage.addEventListener('pointercancel', (event) => lifted(event, on.cancel));
  stage.addEventListener('pointerleave', () => mode === 'idle' && on.leave());
  stage.addEventListener('contextmenu', (event) => event.preventDefault());
  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? 240 : 1);
    on.zoom(place(event), Math.exp(-pixels * WHEEL * (event.ctrlKey ? 5 : 1)));
  }, { passive: false });

  addEventListener('keydown', (event) => {
    if (event.key !== ' ' || event.target.closest('button, input, textarea, a, summary, dialog')) return;
    event.preventDefault();
    spaceHeld = true;
    become(mode);
  });
  addEventListener('keyup', (event) => {
    if (event.key !== ' ') return;
    spaceHeld = false;
    become(mode);
  });
  addEventListener('blur', () => {
    spaceHeld = false;
    become(mode);
  });
}
