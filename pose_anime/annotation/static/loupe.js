// A magnified view of the place that a point is about to go to, away from the pointer.

const NEARER = 3; // times nearer than the drawing is shown
const LEAST = 2; // CSS pixels for one pixel of the image, at least

/** {show(at, point, view), hide()} for a canvas in the stage. */
export function makeLoupe(canvas, picture, stage) {
  const context = canvas.getContext('2d');

  function show(at, point, view, image) {
    const room = stage.getBoundingClientRect();
    canvas.hidden = false;
    canvas.classList.toggle('at-right', at.x < room.width / 2);
    const size = canvas.width;
    const scale = Math.max(view.scale * NEARER, LEAST) * (size / canvas.clientWidth);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#9aa4b0';
    context.fillRect(0, 0, size, size);
    context.imageSmoothingEnabled = scale < 6;
    context.setTransform(scale, 0, 0, scale, size / 2 - point.x * scale, size / 2 - point.y * scale);
    context.drawImage(picture, 0, 0, image.width, image.height);
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const [color, width] of [['#ffffff', 5], ['#111111', 2]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      for (const [from, to] of [[0.12, 0.44], [0.56, 0.88]]) {
        context.moveTo(size * from, size / 2);
        context.lineTo(size * to, size / 2);
        context.moveTo(size / 2, size * from);
        context.lineTo(size / 2, size * to);
      }
      context.stroke();
    }
  }

  return {
    show,
    hide: () => {
      canvas.hidden = true;
    },
  };
}
