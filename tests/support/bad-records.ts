/** Records of which we know which are bad, and where each stands: counted here, character by character as it is written. */
export interface BadFile {
  text: string
  /** The same with every bad record corrected. */
  corrected: string
  records: number
  bad: Expected[]
}

interface Expected {
  line: number
  /** In bytes of UTF-8. */
  offset: number
  column: string | null
  value: string | null
  raw: string
  /** What would have been right. */
  right: string
}

export interface Layout {
  end?: '\n' | '\r\n'
  delimiter?: string
  quote?: string
  header?: boolean
  /** Lines above the header. */
  preamble?: string[]
  /** Every so many good records one has a line end inside quotes. */
  spanEvery?: number
  /** Every so many records a blank line follows. */
  blankEvery?: number
  /** Every so many records one is bad. */
  badEvery?: number
  firstId?: number
  kinds?: readonly Kind[]
}

export type Kind = 'type' | 'two' | 'day' | 'few' | 'many' | 'quote' | 'missing' | 'span'
const allKinds: readonly Kind[] = ['type', 'few', 'two', 'many', 'day', 'quote', 'missing', 'span']

export const columnTypes = [
  { column: 'id', type: 'UInt32' },
  { column: 'qty', type: 'Int32' },
  { column: 'day', type: 'Date' },
  { column: 'note', type: 'String' },
]

export function badFile(records: number, layout: Layout = {}): BadFile {
  const { end = '\n', delimiter = ',', quote = '"', header = true, preamble = [] } = layout
  const {
    spanEvery = Infinity,
    blankEvery = Infinity,
    badEvery = 100,
    firstId = 1,
    kinds = allKinds,
  } = layout
  const writer = new Writer(end)
  for (const line of [...preamble, ...(header ? [['id', 'qty', 'day', 'note'].join(delimiter)] : [])])
    writer.line(line)
  const bad: Expected[] = []
  for (let n = 0; n < records; n++) {
    const id = firstId + n
    const fields = fieldsOf(id, n % spanEvery === spanEvery - 1 ? end : ' ', quote)
    const right = fields.join(delimiter)
    if (n % badEvery === badEvery - 1) {
      const kind = kinds[Math.floor(n / badEvery) % kinds.length] ?? 'type'
      const { raw, column, value } = spoil(kind, fields, { delimiter, end, quote })
      bad.push({ ...writer.at, column, value, raw, right })
      writer.line(raw, right)
    } else writer.line(right)
    if (n % blankEvery === blankEvery - 1) writer.line('')
  }
  return { text: writer.text, corrected: writer.corrected, records, bad }
}

const fieldsOf = (id: number, space: string, quote: string): string[] => [
  String(id),
  String((id % 2001) - 1000),
  `2024-0${(id % 9) + 1}-1${id % 10}`,
  `${quote}Größe${space}${id % 97}, ${quote}${quote}x${quote}${quote}${quote}`,
]

function spoil(
  kind: Kind,
  fields: string[],
  { delimiter, end, quote }: { delimiter: string; end: string; quote: string },
): Pick<Expected, 'raw' | 'column' | 'value'> {
  const [id = '', qty = '', day = '', note = ''] = fields
  const of = (all: string[], column: string | null, value: string | null) => ({
    raw: all.join(delimiter),
    column,
    value,
  })
  switch (kind) {
    case 'type':
      return of([id, 'abc', day, note], 'qty', 'abc')
    case 'two':
      return of([id, '1e99', '2024-02-30', note], 'qty', '1e99')
    case 'day':
      return of([id, qty, '2023-02-29', note], 'day', '2023-02-29')
    case 'few':
      return of([id, qty], null, null)
    case 'many':
      return of([id, qty, day, note, 'more', ''], null, null)
    case 'quote':
      // The server's reader goes on at the next line, so this one spans none.
      return of([id, qty, `${quote}a${quote}b`, note.replace(end, ' ')], null, null)
    case 'missing':
      return of(['', qty, day, note], 'id', '')
    case 'span':
      return of([id, 'x', day, `${quote}one${end}two${end}three${quote}`], 'qty', 'x')
  }
}

/** Counts what it writes. */
class Writer {
  readonly at = { line: 1, offset: 0 }
  readonly #end: string
  readonly #parts: string[] = []
  readonly #corrected: string[] = []

  constructor(end: string) {
    this.#end = end
  }

  get text(): string {
    return this.#parts.join('')
  }

  get corrected(): string {
    return this.#corrected.join('')
  }

  line(text: string, corrected = text): void {
    this.#parts.push(text, this.#end)
    this.#corrected.push(corrected, this.#end)
    this.at.offset += Buffer.byteLength(text + this.#end)
    for (const char of text + this.#end) if (char === '\n') this.at.line += 1
  }
}

/** Fields of a CSV in which texts are quoted and nothing is escaped but quotes. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  let field = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '"' && isQuoted && text[at + 1] === '"') field += text[++at] ?? ''
    else if (char === '"') isQuoted = !isQuoted
    else if (!isQuoted && (char === ',' || char === '\n')) {
      rows.at(-1)?.push(field)
      field = ''
      if (char === '\n') rows.push([])
    } else field += char
  }
  return rows.slice(0, -1)
}
