// The keyboard: what each key does, as data; the help shows the same table.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAUSE = 900; // milliseconds in which a second digit makes a number of two

// [keys as the event names them, keys as people read them, command, what it does]
export const KEYS = [
  [['Enter'], 'Enter', 'place', 'place the point at the cross; when all are placed: Done'],
  [['n'], 'N', 'next', 'next point'],
  [['b'], 'B', 'previous', 'point before'],
  [['v', 'g'], 'V or G', 'guess', 'hidden: its place is a guess (again: it is seen)'],
  [['Ctrl+z'], 'Ctrl Z', 'undo', 'undo'],
  [['Ctrl+Shift+z', 'Ctrl+y'], 'Ctrl Shift Z or Ctrl Y', 'redo', 'redo'],
  [['Delete', 'Backspace'], 'Delete', 'remove', 'take the point away'],
  [['m'], 'M', 'swapAll', 'swap left and right of all points'],
  [['Shift+m'], 'Shift M', 'swapPair', 'swap left and right of this pair'],
  [['t'], 'T', 'template', 'start from a standing figure, then drag'],
  [['p'], 'P', 'prediction', 'start from the computer’s guess, then drag'],
  [['+', '='], '+', 'nearer', 'zoom in'],
  [['-'], '−', 'farther', 'zoom out'],
  [['f'], 'F', 'fit', 'show the whole drawing'],
  [['s'], 'S', 'skip', 'this drawing cannot be marked'],
  [['?', 'h', 'F1'], '?', 'help', 'this help'],
];

export const OTHER_KEYS = [
  ['arrows', 'bring up the cross and move it, or move the chosen point, by one pixel of the drawing'],
  ['Shift arrows', 'the same by ten'],
  ['1 to 21', 'choose a point by its number'],
];

const COMMANDS = new Map(KEYS.flatMap(([keys, , command]) => keys.map((key) => [key, command])));

function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = /^[a-z]$/.test(key);
  const parts = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.shiftKey && letter ? 'Shift' : '', key];
  return parts.filter(Boolean).join('+');
}

/**
 * @param does {command: function} for every command of KEYS, `arrow(dx, dy, {big, repeats})` and `choose(number)`.
 * @returns nothing; listens as long as the page lives. Fields and open dialogs keep their keys.
 */
export function listenToKeys(does) {
  let repeats = 0;
  let typed = '';
  let typedAt = 0;

  function number(digit, now) {
    const long = now - typedAt < PAUSE ? typed + digit : digit;
    typed = Number(long) <= 21 ? long : digit;
    typedAt = now;
    if (Number(typed) > 0) does.choose(Number(typed));
  }

  addEventListener('keydown', (event) => {
    if (event.altKey || document.querySelector('dialog[open]')) return;
    if (event.target.closest('input, textarea, select')) return;
    if (event.key === 'Enter' && event.target.closest('button, a, summary')) return;
    if (event.key in ARROWS) {
      event.preventDefault();
      repeats = event.repeat ? repeats + 1 : 0;
      does.arrow(...ARROWS[event.key], { big: event.shiftKey, repeats });
      return;
    }
    if (/^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      number(event.key, event.timeStamp);
      return;
    }
    const command = COMMANDS.get(nameOf(event));
    if (!command || (event.repeat && command === 'place')) return;
    event.preventDefault();
    does[command]();
  });
}
