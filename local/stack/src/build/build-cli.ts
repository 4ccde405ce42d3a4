/**
 * `npm run build`, also Netlify's build command: builds the Lambda bundles and the web page if
 * their sources changed.
 */
import { buildLambda, buildSite } from './build.ts';

const log = (_part: string, line: string) => console.log(line);
const [{ bundles, built }, page] = await Promise.all([buildLambda(), buildSite(log)]);
for (const file of Object.values(bundles)) console.log(`${built ? 'Built' : 'Unchanged:'} ${file}`);
console.log(page.built ? 'Built the web page.' : 'Unchanged: the web page.');
