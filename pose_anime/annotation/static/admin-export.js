// What is accepted, as files to download.

import { element } from './dom.js';

const FORMATS = [
  ['drawings', 'AnimeDrawingsDataset JSON', 'For tools/import_drawings.py with --split=all, and to come back by tools/annotate.py --import_annotations.'],
  ['coco', 'COCO keypoints', 'For tools/import_coco.py and others that read COCO.'],
];

export async function showExport(place, { app }) {
  const { images } = await app.call('GET', '/api/admin/progress');
  place.append(
    element('h1', {}, 'Export'),
    element('p', {}, images.accepted
      ? `${images.accepted} accepted image${images.accepted === 1 ? '' : 's'}: joints, which of them are guessed, artists, sources and splits, without the pictures.`
      : 'No image is accepted yet.'),
    ...FORMATS.map(([format, name, text]) => element('section', { class: 'card download' },
      element('div', {}, element('h2', {}, name), element('p', { class: 'soft' }, text)),
      images.accepted ? element('a', { class: 'button primary', href: `/api/admin/export?format=${format}`, download: `${format}.json` }, 'Download') : null)),
    element('section', { class: 'card' },
      element('h2', {}, 'With the pictures, one file a split, or TFRecord'),
      element('p', { class: 'soft' }, 'On the machine that serves this page, also while it runs:'),
      element('pre', {}, 'tools/annotate.py --database=FILE --images=DIR --export=DIR [--format=drawings|coco|tfrecord]')));
}
