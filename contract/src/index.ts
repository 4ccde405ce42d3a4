export * from './ably-envelope.ts';
export * from './channels.ts';
export * from './history.ts';
export * from './invalid-input.ts';
export * from './outgoing-messages.ts';
export * from './routes.ts';
export * from './row-change.ts';
export * from './session.ts';
