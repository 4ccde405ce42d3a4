export { startFakeClouds } from './fake-clouds.ts';
export { startSecretsManager } from './secrets-manager.ts';
