import iconv from 'iconv-lite'
import { Random } from './random.ts'
import type { Made, Recipe } from './made.ts'
import { recipes } from './recipes.ts'
import { commas, english, texts, typed, type Kind } from './values.ts'
import { tongues } from './words.ts'
import { carried, isQuoted, joined, plain, written, type Style } from './write.ts'

interface Truth {
  /** As iconv knows it; the decoded text is compared, not the name. */
  encoding: string
  delimiter: string
  /** null: no field is quoted, so any answer will do. */
  quote: string | null
  /** null: nothing is escaped. */
  escape: 'double' | 'backslash' | null
  header: boolean
  headerLines: number
}

export interface LabelledFile {
  name: string
  trait: string
  extension: string
  bytes: Uint8Array
  text: string
  truth: Truth
  /** Every record, the header's included. */
  table: string[][]
}

function build(recipe: Recipe, seed: number, name: string): LabelledFile {
  const random = new Random(seed)
  const style: Style = { ...plain, ...recipe.style }
  const header = recipe.header ?? true
  const made = tableOf(recipe, style, header, random)
  recipe.disturb?.(made, random)
  const all = [
    ...(recipe.before?.(random, style, made.table) ?? []),
    ...made.lines,
    ...(recipe.after?.(random, style, made.table) ?? []),
  ]
  const text = joined(all, style, random)
  const encoding = recipe.encoding ?? 'utf8'
  const cells = made.table.flat()
  const quoted = cells.filter((cell) => isQuoted(cell, made.style))
  const { quote } = style
  const escapes = quoted.some((cell) => quote !== null && cell.includes(quote))
  const slashes = made.style.escape === 'backslash' && made.lines.some((line) => line.includes('\\'))
  return {
    name,
    trait: recipe.trait,
    extension: recipe.extension ?? (style.delimiter === '\t' ? 'tsv' : random.pick(['csv', 'csv', 'txt'])),
    bytes: iconv.encode(text, encoding, { addBOM: recipe.bom ?? false }),
    text,
    truth: {
      encoding,
      delimiter: style.delimiter,
      quote: quoted.length > 0 ? quote : null,
      escape: escapes || slashes ? made.style.escape : null,
      header,
      headerLines: header ? (recipe.headerLines ?? 1) : 0,
    },
    table: made.table,
  }
}

function tableOf(recipe: Recipe, style: Style, header: boolean, random: Random): Made {
  const columns = random.int(...(recipe.columns ?? [3, 9]))
  const words = recipe.tongue === undefined ? english : texts(tongues[recipe.tongue])
  const kinds = recipe.kinds ?? mixed(words, columns, random)
  const chosen = kinds.slice(0, Math.max(columns, recipe.kinds === undefined ? 0 : recipe.kinds.length))
  const rows = random.int(...(recipe.rows ?? [4, 60]))
  const names = new Set<string>()
  for (const kind of chosen) {
    const name = random.pick(kind.names)
    names.add(names.has(name) ? `${name}${names.size}` : name)
  }
  const body = Array.from({ length: rows }, (_, row) =>
    chosen.map((kind, column) =>
      column > 0 && random.chance(recipe.empties ?? 0.03) ? '' : kind.value(random, row),
    ),
  )
  const table = carried([...(header ? [[...names]] : []), ...body], style)
  return { table, lines: written(table, style), style }
}

/** Some texts, some values, and sometimes one that holds a comma. */
function mixed(words: Kind[], columns: number, random: Random): Kind[] {
  const texts = random.shuffled(words).slice(0, Math.max(1, Math.round(columns * random.next() * 0.6)))
  const rest = [
    ...random.shuffled(typed).slice(0, columns),
    ...(random.chance(0.4) ? [random.pick(commas)] : []),
  ]
  return random.shuffled([...texts, ...rest.slice(-(columns - Math.min(texts.length, columns - 1)))])
}

/** Every recipe once; `rounds` gives each another table. */
export function corpus(seed: number, rounds = 1): LabelledFile[] {
  return Array.from({ length: rounds }, (_, round) =>
    recipes().map((recipe, index) =>
      build(
        recipe,
        seed + round * 7919 + index * 104_729,
        `${String(index).padStart(3, '0')}-${round} ${recipe.trait}`,
      ),
    ),
  ).flat()
}
