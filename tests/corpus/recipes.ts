import { figureRecipes } from './figures.ts'
import { insertHeader, redraw, type Made, type Recipe } from './made.ts'
import type { Random } from './random.ts'
import { commas, english, lines, numeric, texts, typed, type Kind } from './values.ts'
import { tongues, type TongueName } from './words.ts'
import { written, type Style } from './write.ts'

const singles = [
  ',',
  ';',
  '\t',
  '|',
  ' ',
  ':',
  '^',
  '~',
  '#',
  '&',
  '*',
  '!',
  '@',
  '=',
  '\u0001',
  '\u001f',
  '§',
  '¦',
]
const longs = [', ', '||', '::', ';;', '|~|', '; ', ' | ', '~~', '^^', '<>', '\t\t']

function delimiterRecipes(): Recipe[] {
  return [...singles, ...longs].flatMap((delimiter): Recipe[] => {
    const trait = `delimiter ${JSON.stringify(delimiter)}`
    // Times and links would be cut by a colon that nobody quotes; who writes such files quotes them.
    const usual: Recipe[] = [
      { trait, style: { delimiter } },
      { trait, style: { delimiter, quoting: 'always' } },
      { trait, style: { delimiter, quote: null, escape: null } },
      { trait, style: { delimiter, quoting: 'texts', terminator: '\r\n' }, header: false },
    ]
    return usual
  })
}

function quoteRecipes(): Recipe[] {
  const found: Recipe[] = []
  for (const delimiter of [',', ';', '\t', '|', ' ', '||'])
    for (const quote of ['"', "'", '`', '$', null])
      for (const escape of ['double', 'backslash', null] as const) {
        if (quote === null && escape === 'double') continue
        const quoting = found.length % 3 === 0 ? 'always' : found.length % 3 === 1 ? 'needed' : 'texts'
        const trait = `quote ${quote ?? 'none'} escape ${escape ?? 'none'}`
        const said: Kind = {
          names: ['said', 'Remark'],
          value: (random) =>
            random.pick([
              `it is ${quote ?? '"'}so${quote ?? '"'} here`,
              'plain',
              `a${delimiter}b and c`,
              'more or less',
            ]),
        }
        const kinds = [numeric[0], said, ...english.slice(0, 2), typed[9], numeric[2]].filter(
          (kind) => kind !== undefined,
        )
        found.push({ trait, style: { delimiter, quote, escape, quoting }, kinds })
      }
  return found
}

const encodings: [string, TongueName, boolean?][] = [
  ['utf8', 'western'],
  ['utf8', 'japanese'],
  ['utf8', 'cyrillic', true],
  ['utf8', 'english', true],
  ['utf16le', 'western', true],
  ['utf16le', 'english'],
  ['utf16le', 'japanese', true],
  ['utf16le', 'chinese'],
  ['utf16be', 'cyrillic', true],
  ['utf16be', 'western'],
  ['utf16be', 'greek'],
  ['windows-1252', 'western'],
  ['iso-8859-1', 'western'],
  ['iso-8859-15', 'western'],
  ['windows-1250', 'central'],
  ['iso-8859-2', 'central'],
  ['windows-1251', 'cyrillic'],
  ['iso-8859-5', 'cyrillic'],
  ['koi8-r', 'cyrillic'],
  ['windows-1253', 'greek'],
  ['iso-8859-7', 'greek'],
  ['windows-1254', 'turkish'],
  ['shift_jis', 'japanese'],
  ['euc-jp', 'japanese'],
  ['gb18030', 'chinese'],
]

function encodingRecipes(): Recipe[] {
  return encodings.flatMap(([encoding, tongue, bom = false]) =>
    [',', ';', '\t'].map((delimiter, index): Recipe => ({
      trait: `encoding ${encoding}${bom ? ' BOM' : ''}`,
      encoding,
      tongue,
      bom,
      style: { delimiter, terminator: index === 1 ? '\r\n' : '\n' },
      rows: index === 2 ? [200, 400] : [6, 50],
      columns: [4, 7],
      kinds: [...texts(tongues[tongue]).slice(index === 0 ? 0 : 1), ...typed.slice(index * 4, index * 4 + 3)],
    })),
  )
}

const preambles: ((random: Random, style: Style, table: string[][]) => string[])[] = [
  () => ['Monthly report of the water board'],
  () => ['Export created 2023-04-05 by the registry', ''],
  () => ['Statistics office', 'Table 12: households by size, region and year', '', 'Preliminary figures', ''],
  (_, { delimiter }, table) => [`Quarterly figures${delimiter.repeat((table[0]?.length ?? 1) - 1)}`],
  (_, { delimiter }, table) => {
    const empty = delimiter.repeat((table[0]?.length ?? 1) - 1)
    return [`Energy use by district${empty}`, `Source: city hall${empty}`, empty]
  },
  (_, { delimiter }) => [`Station${delimiter}North pier`, `Printed${delimiter}2021-03-04`, ''],
  () => ['', '', ''],
]

const footers: ((random: Random, style: Style, table: string[][]) => string[])[] = [
  () => ['', 'Source: national statistics office'],
  () => ['', '* preliminary', '** estimated from earlier years'],
  () => ['', '', ''],
  (_, { delimiter }, table) => [`Total${delimiter.repeat((table[0]?.length ?? 2) - 2)}${delimiter}48213`],
  (_, { delimiter }, table) => ['', `Total${delimiter.repeat((table[0]?.length ?? 2) - 2)}${delimiter}48213`],
  (random) => [`(${random.int(40, 900)} rows)`],
]

const commentLines = (prefix: string) => [
  `${prefix} made by the logger, version 2.1`,
  `${prefix} units: mm and hPa`,
]

function structureRecipes(): Recipe[] {
  const styles: Partial<Style>[] = [
    { delimiter: ',' },
    { delimiter: ';', terminator: '\r\n' },
    { delimiter: '\t' },
    { delimiter: '|', quoting: 'always' },
  ]
  return styles.flatMap((style): Recipe[] => [
    ...preambles.map((before): Recipe => ({ trait: 'preamble', style, before, columns: [4, 8] })),
    ...footers.map((after): Recipe => ({ trait: 'footer', style, after, columns: [4, 8] })),
    {
      trait: 'preamble and footer',
      style,
      before: preambles[2],
      after: footers[1],
      columns: [4, 8],
    } as Recipe,
    ...['#', '//', '%'].map((prefix): Recipe => ({
      trait: 'comments at the top',
      style,
      before: () => commentLines(prefix),
    })),
    { trait: 'comments between', style, before: () => commentLines('#'), disturb: commentsBetween },
    { trait: 'stacked tables', style, before: smallTable, columns: [5, 8], rows: [10, 40] },
    {
      trait: 'stacked tables',
      style,
      after: (random, from) => ['', ...smallTable(random, from).slice(0, -1)],
      columns: [5, 8],
      rows: [10, 40],
    },
    {
      trait: 'two header lines',
      style,
      disturb: unitsBelow,
      headerLines: 2,
      kinds: [...english.slice(0, 2), ...numeric.slice(1, 6)],
    },
    {
      trait: 'two header lines',
      style,
      disturb: groupsAbove,
      headerLines: 2,
      kinds: [...english.slice(0, 1), ...numeric.slice(1, 5)],
    },
    { trait: 'blank lines between', style, disturb: blanksBetween },
    { trait: 'ragged, short', style, disturb: shortened, columns: [5, 9], rows: [15, 60] },
    { trait: 'ragged, long', style, disturb: lengthened, columns: [4, 9], rows: [15, 60] },
    { trait: 'edge, trailing', style: { ...style, edge: 'trailing' } },
    { trait: 'edge, leading', style: { ...style, edge: 'leading' } },
    { trait: 'edge, both', style: { ...style, edge: 'both' } },
    { trait: 'terminator CR', style: { ...style, terminator: '\r' } },
    { trait: 'terminator mixed', style: { ...style, terminator: 'mixed' } },
    { trait: 'multi-line fields', style, kinds: [...typed.slice(0, 2), lines, ...english.slice(3)] },
    { trait: 'stray quotes', style: { ...style, quoting: 'needed' }, disturb: inches },
    { trait: 'stray quotes', style: { ...style, quoting: 'always' }, disturb: inches },
    { trait: 'many empty cells', style, empties: 0.6 },
    { trait: 'no header', style, header: false },
    { trait: 'all text', style, kinds: english },
    { trait: 'all numbers', style, kinds: numeric },
    { trait: 'all numbers', style, kinds: numeric.slice(1), header: false },
    { trait: 'commas in values', style, kinds: [...commas, ...english.slice(3)] },
    { trait: 'one record', style, rows: [1, 1] },
    { trait: 'tiny', style, rows: [2, 4] },
    { trait: 'tiny', style, rows: [2, 4], header: false },
    { trait: 'two columns', style, columns: [2, 2], rows: [3, 30] },
    { trait: 'wide', style, columns: [20, 24] },
    { trait: 'large', style, rows: [5000, 5000], columns: [4, 6] },
  ])
}

function paddingRecipes(): Recipe[] {
  return [',', ';', '|', '\t'].flatMap((delimiter): Recipe[] => [
    { trait: 'padding', style: { delimiter, padding: 'align', quoting: 'needed' } },
    { trait: 'padding', style: { delimiter, padding: 'both' } },
    ...(delimiter === '|'
      ? [{ trait: 'padding and edges', style: { delimiter, padding: 'both', edge: 'both' } } as Recipe]
      : []),
  ])
}

function columnRecipes(): Recipe[] {
  const alone = [...typed, ...english.slice(0, 3)]
  return alone.map((kind, index): Recipe => ({
    trait: 'single column',
    kinds: [kind],
    columns: [1, 1],
    rows: [8, 40],
    header: index % 3 !== 0 || english.includes(kind),
    style: { delimiter: '', quoting: 'texts', quote: null, escape: null },
    empties: 0,
  }))
}

function smallTable(random: Random, { delimiter }: Style): string[] {
  return [
    ['area', 'population', 'share'].join(delimiter),
    ...Array.from({ length: 3 }, (_, row) =>
      [`zone ${row + 1}`, random.int(90, 900), `${random.int(1, 99)}.5`].join(delimiter),
    ),
    '',
  ]
}

const middle = (made: Made, random: Random): number => random.int(2, Math.max(2, made.lines.length - 2))

function commentsBetween(made: Made, random: Random): void {
  for (let i = 0; i < 3; i++) made.lines.splice(middle(made, random), 0, `# checked by hand on day ${i + 1}`)
}

function blanksBetween(made: Made, random: Random): void {
  for (let i = 0; i < 3; i++) made.lines.splice(middle(made, random), 0, '')
}

function unitsBelow(made: Made, random: Random): void {
  const names = made.table[0] ?? []
  insertHeader(
    made,
    1,
    names.map((_, column) => (column < 2 ? '' : `(${random.pick(['kg', 'EUR', 'km', 'mm', '%'])})`)),
  )
}

function groupsAbove(made: Made): void {
  const names = made.table[0] ?? []
  insertHeader(
    made,
    0,
    names.map((_, column) => (column % 2 === 1 ? (column === 1 ? 'Spring' : 'Autumn') : '')),
  )
}

function shortened(made: Made, random: Random): void {
  for (let i = 0; i < 3; i++) {
    const at = middle(made, random)
    const row = made.table[at] ?? []
    redraw(made, at, row.slice(0, Math.max(2, row.length - 2)))
  }
}

function lengthened(made: Made, random: Random): void {
  for (let i = 0; i < 3; i++) {
    const at = middle(made, random)
    redraw(made, at, [...(made.table[at] ?? []), 'extra', String(i)])
  }
}

/** `3" pipe` stands as it is: nobody quotes it, as when a program only joins its fields. */
function inches(made: Made, random: Random): void {
  made.table.forEach((row, at) => {
    if (at === 0 || !random.chance(0.4)) return
    const changed = [...row]
    const column = row.length - 1
    const pipe = `${random.int(1, 9)}" pipe`
    changed[column] = pipe
    made.table[at] = changed
    const quoted = made.style.quoting === 'always' ? `"${pipe}"` : pipe
    const start = written([changed.slice(0, -1)], made.style)[0] ?? ''
    made.lines[at] = start + made.style.delimiter + quoted
  })
  made.style = { ...made.style, escape: null }
}

export const recipes = (): Recipe[] => [
  ...delimiterRecipes(),
  ...quoteRecipes(),
  ...encodingRecipes(),
  ...structureRecipes(),
  ...paddingRecipes(),
  ...columnRecipes(),
  ...figureRecipes(),
]
