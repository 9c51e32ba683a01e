// Time spent on a drawing; a pause counts only for its first half minute.

const LONGEST = 30; // seconds between two looks at the clock that count

/** {seconds()}: seconds so far, asked for at every change. */
export function stopwatch(before = 0) {
  let total = before ?? 0;
  let last = performance.now();
  return {
    seconds() {
      const now = performance.now();
      total += Math.min((now - last) / 1000, LONGEST);
      last = now;
      return Math.round(total * 10) / 10;
    },
  };
}
