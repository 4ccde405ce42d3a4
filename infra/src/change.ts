/** One difference between the desired state and the clouds, as the plan shows it. */
export interface Change {
  readonly kind: 'create' | 'update' | 'keep' | 'run';
  readonly what: string;
}

const SIGNS = { create: '+', update: '~', keep: '=', run: '>' } as const;

export const formatChange = ({ kind, what }: Change): string => `${SIGNS[kind]} ${what}`;
