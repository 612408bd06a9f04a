/** DESIGN §5: every arrow points down the table of folders; `shared` may be imported by all. */
const layers = [
  'main',
  'server',
  'cli',
  'access',
  'runs',
  'clickhouse',
  'embedded',
  'files',
  'store',
  'core',
  'shared',
]
const above = (layer) => layers.slice(0, layers.indexOf(layer))
const only = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: `^src/${from}/` },
  to: { path: `^src/(${to.join('|')})/` },
})

const adapters = ['clickhouse', 'embedded', 'files', 'store']

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src', pathNot: ['^src/main/', '^src/web/(?:main\\.tsx|public/)'] },
      to: {},
    },
    {
      name: 'nobody-imports-main',
      severity: 'error',
      comment: 'main composes the parts; a part that imports it cannot be tested alone.',
      from: { path: '^src/(?!main/)' },
      to: { path: '^src/main/' },
    },
    only('server-and-cli-are-siblings', 'server', ['cli'], 'Two edges over one core.'),
    only('cli-and-server-are-siblings', 'cli', ['server'], 'Two edges over one core.'),
    only(
      'runs-do-not-know-the-edges',
      'runs',
      above('runs'),
      'A run is started from the CLI, the API or a schedule.',
    ),
    only(
      'access-stands-alone',
      'access',
      [...above('access'), 'runs'],
      'Who is let in has nothing to do with what they do then.',
    ),
    ...adapters.map((adapter) =>
      only(
        `${adapter}-adapter-stands-alone`,
        adapter,
        [...above('clickhouse'), ...adapters.filter((other) => other !== adapter)],
        'Adapters never import each other or anything above them.',
      ),
    ),
    only(
      'web-talks-over-http',
      'web',
      layers.filter((layer) => layer !== 'shared'),
      'The page runs in a browser.',
    ),
    only('core-is-pure', 'core', above('core'), 'The core plans; it does no I/O.'),
    only('shared-is-the-bottom', 'shared', above('shared'), 'The contract with the browser.'),
    {
      name: 'pure-code-has-no-node',
      severity: 'error',
      comment: 'core and shared must run in a browser.',
      from: { path: '^src/(core|shared)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'folders-are-entered-by-their-index',
      severity: 'error',
      comment: 'Exported names come from a folder’s index.ts.',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '/index\\.ts$', '^src/shared/'] },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.css'] },
  },
}
