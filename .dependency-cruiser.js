/**
 * The borders between and inside the workspaces: `npm test -- borders`.
 *
 * Workspaces import one another by package name, through `exports`, and only what their
 * package.json declares. The declared dependencies themselves are checked by
 * tests/workspaces.test.ts, which also forbids cycles of packages.
 */
import { readFileSync } from 'node:fs';

const readManifest = (folder) =>
  JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'));
const folders = readManifest('.').workspaces;
const manifests = new Map(folders.map((folder) => [folder, readManifest(folder)]));

/** Pattern of a file in one of these folders. */
const inside = (...names) => `^(${names.join('|')})/`;

const WORKSPACE = inside(...folders);
/**
 * What is deployed. Parts meet in PostgreSQL, on the wire and in `contract`, never in each other's
 * code.
 */
const PARTS = ['sql', 'lambda-function', 'netlify', 'connector', 'chat-web-app'];
const LOCAL = folders.filter((folder) => folder.startsWith('local/'));
/**
 * What a part's tests may start: nothing of these knows a part, except the schema in
 * `test-database`.
 */
const FOR_TESTS = ['broker', 'postgres', 'processes', 'test-database'].map((name) => `local/${name}`);

const TEST = '(^|/)test/|\\.(test|spec)\\.ts$';

/** For each workspace: the workspaces that its package.json does not name. */
const undeclared = folders.map((folder) => {
  const { dependencies = {}, devDependencies = {} } = manifests.get(folder);
  const declared = folders.filter((other) => {
    const { name } = manifests.get(other);
    return other === folder || name in dependencies || name in devDependencies;
  });
  return {
    name: `undeclared-workspace-in-${folder.replace('/', '-')}`,
    comment: `${folder}/package.json must name every workspace that ${folder} imports.`,
    severity: 'error',
    from: { path: inside(folder) },
    to: { path: WORKSPACE, pathNot: inside(...declared) },
  };
});

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Files must not import one another in a circle, type imports included.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-path-into-another-workspace',
      comment: 'Import the package by name: only what its `exports` list is public.',
      severity: 'error',
      from: { path: WORKSPACE },
      to: { dependencyTypes: ['local'], dependencyTypesNot: ['aliased'], pathNot: '^$1/' },
    },
    {
      name: 'no-unresolved-import',
      comment: 'The file does not exist, or the package does not export it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^#(app|imports)$' }, // virtual modules of Nuxt
    },
    {
      name: 'no-undeclared-package',
      comment: "Name the package in the workspace's package.json; the root's may be used everywhere.",
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'undetermined'] },
    },
    {
      name: 'no-development-package-at-run-time',
      comment: 'Move the package from devDependencies to dependencies.',
      severity: 'error',
      from: { path: `${WORKSPACE}(src|app|lib|functions)/`, pathNot: TEST },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@aws-sdk/client-secrets-manager/', // part of AWS's Lambda runtime
      },
    },
    ...undeclared,
    {
      name: 'parts-import-contract-only',
      severity: 'error',
      from: { path: inside(...PARTS), pathNot: TEST },
      to: { path: WORKSPACE, pathNot: ['^$1/', inside('contract')] },
    },
    {
      name: 'tests-of-parts-import-no-other-part',
      severity: 'error',
      from: { path: inside(...PARTS) },
      to: { path: WORKSPACE, pathNot: ['^$1/', inside('contract', ...FOR_TESTS)] },
    },
    {
      name: 'contract-imports-no-workspace',
      severity: 'error',
      from: { path: inside('contract') },
      to: { path: WORKSPACE, pathNot: inside('contract') },
    },
    {
      name: 'only-the-stack-knows-the-parts',
      comment: 'The other local packages serve the parts; only local/stack starts them.',
      severity: 'error',
      from: { path: inside(...LOCAL), pathNot: inside('local/stack', 'local/test-database') },
      to: { path: inside(...PARTS) },
    },
    {
      name: 'nothing-imports-what-stands-on-top',
      comment: 'tests, bench and infra start the others. Only tests may import infra and bench.',
      severity: 'error',
      from: { path: WORKSPACE, pathNot: inside('tests') },
      to: { path: inside('tests', 'bench', 'infra'), pathNot: '^$1/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: inside('tests') },
      to: { path: inside('tests') },
    },
  ],
  options: {
    tsPreCompilationDeps: true, // type imports count
    tsConfig: { fileName: 'tsconfig.borders.json' },
    combinedDependencies: true, // with the root's package.json, where Vitest is
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.vue', '.mjs', '.js', '.d.ts', '.json'],
    },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.nuxt|\\.output|cdk\\.out)/' },
    skipAnalysisNotInRules: true,
  },
};
