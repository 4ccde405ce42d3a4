/** What a step will do, as found by looking. */
export interface Change {
  readonly kind: 'create' | 'update' | 'keep' | 'run' | 'delete';
  readonly what: string;
}

const SIGNS = { create: '+', update: '~', keep: '=', run: '>', delete: '-' } as const;

export const formatChange = ({ kind, what }: Change): string => `${SIGNS[kind]} ${what}`;
