export { startFakeClouds } from './fake-clouds.ts';
export { NETLIFY_TOKEN, startFakeNetlify } from './fake-netlify.ts';
export { startSecretsManager } from './secrets-manager.ts';
