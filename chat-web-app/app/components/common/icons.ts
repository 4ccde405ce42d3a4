import type { SVGAttributes } from 'vue';

/** The paths of one icon, drawn on a field of 24 × 24 in the colour of the text around it. */
type IconPaths = readonly Pick<SVGAttributes, 'd' | 'fill' | 'stroke' | 'stroke-width'>[];

export const icons = {
  bin: [{ d: 'M6 7h12l-1 14H7zM9 3h6l1 2h4v2H4V5h4z' }],
  check: [{ d: 'M9 16.6 4.6 12.2 3.2 13.6 9 19.4 21 7.4 19.6 6z', stroke: 'currentColor' }],
  clock: [
    {
      d: 'M3 12a9 9 0 1 0 18 0 9 9 0 1 0-18 0zM12 6.5V12l4 2.5',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2,
    },
  ],
  cross: [
    {
      d: 'M18.7 6.7 17.3 5.3 12 10.6 6.7 5.3 5.3 6.7 10.6 12 5.3 17.3l1.4 1.4L12 13.4l5.3 5.3 1.4-1.4L13.4 12z',
      stroke: 'currentColor',
    },
  ],
  /** The cylinder that stands for a database. */
  database: [
    { d: 'M3 5.5a9 4 0 1 0 18 0 9 4 0 1 0-18 0z' },
    {
      d: 'M4 6v13c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12.5c0 1.7 3.6 3 8 3s8-1.3 8-3',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2,
    },
  ],
  dots: [
    {
      d: 'M3 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0zM10 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0zM17 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0z',
    },
  ],
  down: [{ d: 'M11 3h2v13l5-5 1.4 1.4L12 20l-7.4-7.6L6 11l5 5z' }],
  up: [{ d: 'M11 21h2V8l5 5 1.4-1.4L12 4l-7.4 7.6L6 13l5-5z' }],
  fork: [
    {
      d: 'M6 7v2.5A2.5 2.5 0 0 0 8.5 12h7A2.5 2.5 0 0 0 18 9.5V7M12 12v5',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2.2,
    },
    {
      d: 'M3.3 4.5a2.7 2.7 0 1 0 5.4 0 2.7 2.7 0 1 0-5.4 0zM15.3 4.5a2.7 2.7 0 1 0 5.4 0 2.7 2.7 0 1 0-5.4 0zM9.3 19.5a2.7 2.7 0 1 0 5.4 0 2.7 2.7 0 1 0-5.4 0z',
    },
  ],
  info: [
    {
      d: 'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm1.7 17h-3.4v-2h.8v-4h-.8v-2h2.6v6h.8zM12 8.6a1.7 1.7 0 1 1 0-3.4 1.7 1.7 0 0 1 0 3.4z',
    },
  ],
  moon: [{ d: 'M20.6 14.6A9 9 0 0 1 9.4 3.4a9 9 0 1 0 11.2 11.2z' }],
  pencil: [
    {
      d: 'M3 17.2V21h3.8L18 9.8 14.2 6zM20.7 7.1a1 1 0 0 0 0-1.4l-2.4-2.4a1 1 0 0 0-1.4 0L15 5.2 18.8 9z',
    },
  ],
  person: [{ d: 'M7 7a5 5 0 1 0 10 0 5 5 0 1 0-10 0zM2.5 22a9.5 8.5 0 0 1 19 0z' }],
  screen: [
    {
      d: 'M3 4h18v12H3zM8 21h8M12 16v5',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2,
    },
  ],
  search: [
    {
      d: 'M3.5 10.5a7 7 0 1 0 14 0 7 7 0 1 0-14 0zM15.5 15.5 21 21',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2.4,
    },
  ],
  send: [{ d: 'M1.8 21.6 23 12 1.8 2.4l-.1 7.4L17 12 1.7 14.2z' }],
  star: [{ d: 'M12 1.5l3.2 6.8 7.3 1-5.3 5.2 1.3 7.4L12 18.3l-6.5 3.6 1.3-7.4L1.5 9.3l7.3-1z' }],
  sun: [
    { d: 'M7 12a5 5 0 1 0 10 0 5 5 0 1 0-10 0z' },
    {
      d: 'M12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1',
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2,
    },
  ],
} satisfies Record<string, IconPaths>;

export type IconName = keyof typeof icons;
