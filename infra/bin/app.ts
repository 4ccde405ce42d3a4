/** Entry point of the CDK's command line (see cdk.json). */
import { readStackSettings } from '../src/settings.ts';
import { createApp } from '../src/stack/app.ts';
import { buildArtefacts } from '../src/stack/artefacts.ts';

createApp(readStackSettings(), await buildArtefacts()).synth();
