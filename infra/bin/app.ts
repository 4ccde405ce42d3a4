import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';

/** What the CDK's command line runs (see cdk.json). */
createApp(readStackSettings(), await buildArtefacts()).synth();
