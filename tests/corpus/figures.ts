import { insertHeader, redraw, type Made, type Recipe } from './made.ts'
import type { Random } from './random.ts'
import { english, numeric, type Kind } from './values.ts'
import { plain, type Style } from './write.ts'

/** Names above the columns that look like values, and the like: as statistics offices and instruments write them. */
const seriesNames: ((column: number) => string)[] = [
  (column) => String(2009 + column),
  (column) => String(1960 + column * 10),
  (column) => `3/${column + 8}/20`,
  (column) => `2021-0${column + 1}-01`,
  (column) => `${column + 8}:00`,
  (column) => String(column * 5),
]

const titles = (_: Random, { delimiter }: Style, table: string[][]): string[] => {
  const empty = delimiter.repeat((table[0]?.length ?? 1) - 1)
  return [`Table 4. Energy use by district${empty}`, `Thousands${empty}`, empty]
}

const settings = (_: Random, { delimiter }: Style): string[] =>
  ['Instrument|UV-1800', 'Operator|J. Smith', 'Date|2019-05-05', 'Sample|A 12'].map((line) =>
    line.replace('|', delimiter),
  )

const paths: Kind = {
  names: ['path', 'File'],
  value: (random) => `/srv/${random.pick(['www', 'data'])}/${random.pick(['a', 'b-1', 'c_2'])}.txt`,
}

export function figureRecipes(): Recipe[] {
  const figures = [...english.slice(0, 1), ...[...numeric.slice(2, 5), ...numeric.slice(2, 5)].map(renamed)]
  const pairs: Partial<Recipe> = { columns: [2, 2], rows: [10, 40], kinds: numeric.slice(3, 5), empties: 0 }
  const alone: Style = { ...plain, delimiter: '', quoting: 'texts', quote: null, escape: null }
  return [
    ...[',', ';', '\t'].flatMap((delimiter): Recipe[] => [
      ...seriesNames.map((name): Recipe => ({
        trait: 'values as names',
        style: { delimiter },
        kinds: figures,
        disturb: (made) =>
          redraw(
            made,
            0,
            (made.table[0] ?? []).map((first, column) => (column === 0 ? first : name(column))),
          ),
      })),
      {
        trait: 'years above names',
        style: { delimiter },
        before: titles,
        disturb: yearsAbove,
        headerLines: 2,
        kinds: figures.slice(0, 5),
      },
      { ...pairs, trait: 'settings above', style: { delimiter }, before: settings },
      {
        ...pairs,
        trait: 'settings above',
        style: { delimiter },
        before: (random, style) => [...settings(random, style).slice(2), ''],
      },
    ]),
    { trait: 'single column', kinds: [paths], columns: [1, 1], rows: [8, 40], style: alone },
  ]
}

/** No two columns have the same name. */
const renamed = (kind: Kind, index: number): Kind => ({ ...kind, names: [`${kind.names[0] ?? ''} ${index}`] })

function yearsAbove(made: Made): void {
  const names = made.table[0] ?? []
  insertHeader(
    made,
    0,
    names.map((_, column) => (column % 2 === 1 ? String(2018 + column) : '')),
  )
}
