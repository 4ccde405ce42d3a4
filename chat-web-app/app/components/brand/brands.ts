import type { SVGAttributes } from 'vue';

export interface Brand {
  name: string;
  url: string;
  /** Paths on a field of 48 × 48, the lowest first. */
  logo: readonly Pick<
    SVGAttributes,
    'd' | 'fill' | 'stroke' | 'stroke-width' | 'stroke-linecap' | 'stroke-linejoin'
  >[];
}

const nuxtLine = { fill: 'none', 'stroke-width': 3.5, 'stroke-linejoin': 'round' } as const;

/** The services this chat is built on, in the order in which a message meets them. Our own drawings. */
export const brands: Brand[] = [
  {
    name: 'Nuxt',
    url: 'https://nuxt.com',
    logo: [
      { ...nuxtLine, stroke: '#00b069', d: 'M17 37H5L19 12l7 12.5' },
      { ...nuxtLine, stroke: '#2f495e', d: 'M22 37 33 18l11 19z' },
      { ...nuxtLine, stroke: '#00dc82', d: 'M12 37h10l7-12' },
    ],
  },
  {
    name: 'Ably',
    url: 'https://ably.com',
    logo: [
      { fill: '#ff5416', d: 'M24 5 9 43h6l9-24z' },
      { fill: '#e8331c', d: 'M24 5l15 38h-6l-9-24z' },
      { fill: '#ff7a45', d: 'M24 29 8 43h7l9-8 9 8h7z' },
    ],
  },
  {
    name: 'AWS Lambda',
    url: 'https://aws.amazon.com/lambda/',
    logo: [
      { fill: '#f58536', d: 'M13 6h11l13 31 5-1.5 1.5 5.5-10 3L20 12h-7z' },
      { fill: '#d86613', d: 'M19 17 6 43h8l9-17z' },
    ],
  },
  {
    name: 'Amazon RDS',
    url: 'https://aws.amazon.com/rds/',
    logo: [
      { fill: '#2e5f9e', d: 'M8 11v26c0 4 7 7 16 7V4C15 4 8 7 8 11z' },
      { fill: '#4b83c4', d: 'M24 4v40c9 0 16-3 16-7V11c0-4-7-7-16-7z' },
      { fill: '#1f4472', d: 'M8 11l-4 2v22l4 2zM40 11l4 2v22l-4 2z' },
      { fill: '#a9c8ec', d: 'M12 11a12 3.5 0 1 0 24 0 12 3.5 0 1 0-24 0z' },
    ],
  },
  {
    name: 'PostgreSQL',
    url: 'https://www.postgresql.org',
    logo: [
      {
        fill: '#336791',
        d: 'M24 5c-3 0-5 .6-7 1.5C9 4 4 8 5 17c.6 6 3 13 6 15 2 1.4 4 .2 6-2 .6 1 1.5 1.5 3 1.5-.3 3-.2 7 1 10 .8 2 4 3 7 1 2-1.3 2-4 2.4-11 2 .6 6 .3 8.6-1.5-2-.5-3.5-.8-4-1.5 5-7 8-16 5-19.5C36 4 30 5 28 5.6 27 5.2 25.5 5 24 5z',
      },
      {
        fill: 'none',
        stroke: '#fff',
        'stroke-width': 1.6,
        'stroke-linecap': 'round',
        d: 'M17 8c-3 4-2 10-2 14 0 3 1 5 3 6M31 8c3 3 4 8 4 12 0 3-1 6-3 8-1 4-1 10-2 13',
      },
      {
        fill: '#fff',
        d: 'M18.3 16a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0zM27.8 16a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0z',
      },
    ],
  },
];
