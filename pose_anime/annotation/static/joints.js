// The 21 joints as people read them: what each is called and where exactly it is.

// The height of each point is the median of the 1,400 training drawings of AnimeDrawingsDataset.
const JOINTS = {
  body_upper: ['Waist', 'In the middle of the waist, a little above the navel.'],
  neck: ['Bottom of the neck', 'In the middle between the collarbones, where the neck meets the body.'],
  head: ['Top of the neck', 'Where the neck meets the head: behind the chin, at the height of the jaw.'],
  nose_tip: ['Tip of the nose', 'The very tip of the nose.'],
  nose_root: ['Between the eyes', 'Where the nose begins, in the middle between the eyes.'],
  arm: ['shoulder', 'In the middle of the shoulder, where the arm turns.'],
  elbow: ['elbow', 'In the middle of the elbow, where the arm bends.'],
  wrist: ['wrist', 'In the middle of the wrist, where the hand begins.'],
  thumb: ['thumb', 'Where the thumb grows out of the hand. Not its tip.'],
  leg: ['hip', 'At the very top of the leg, in its middle, where it turns.'],
  knee: ['knee', 'In the middle of the knee, where the leg bends.'],
  ankle: ['ankle', 'In the middle of the ankle, where the foot begins.'],
  tiptoe: ['toes', 'The very tip of the foot or of the shoe.'],
};
const UNKNOWN = ['', ''];

/** 'left', 'right' (the character's own) or 'middle'. */
export const sideOf = (joint) => joint.match(/_(left|right)$/)?.[1] ?? 'middle';

const kindOf = (joint) => joint.replace(/_(left|right)$/, '');

/** What people call a joint: `Left elbow`. */
export function labelOf(joint) {
  const name = (JOINTS[kindOf(joint)] ?? UNKNOWN)[0] || joint.replaceAll('_', ' ');
  const side = sideOf(joint);
  if (side === 'middle') return name;
  return side === 'left' ? `Left ${name}` : `Right ${name}`;
}

/** The same within a sentence: `left elbow`. */
export const inSentence = (joint) => labelOf(joint).replace(/^./, (letter) => letter.toLowerCase());

/** One sentence that says exactly where it is. */
export const whereIs = (joint) => (JOINTS[kindOf(joint)] ?? UNKNOWN)[1];
