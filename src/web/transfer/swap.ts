import type { Preview, Reading, ValueLayout } from '../../shared/index.ts'
import { chosenColumns, emptyColumns, emptyRelation, type Draft, type FileDraft } from './draft.ts'
import { usualDelimiter } from './ends/file-name.ts'

/** A column of the source, as far as it is known. */
type SourceColumn = Pick<Preview['columns'][number], 'name' | 'type'>

/**
 * The matching transfer in the other direction: what was written is read, and goes back to what it was read from. A file
 * that was read is not written over: the export gets a name of its own.
 *
 * @param known the source's columns; none while they are not known
 */
export function swap(draft: Draft, known: readonly SourceColumn[]): Draft {
  const { source, target } = draft
  const targetFile = {
    ...target.file,
    path: exportName(source.file.path, target.table.table || source.table.table),
    dialect: {},
    encoding: null,
  }
  return {
    ...draft,
    columns: swapColumns(draft, known),
    split: null,
    source: {
      kind: target.kind,
      file: target.kind === 'file' ? asWritten(target.file) : { ...target.file, dialect: {}, encoding: null },
      table: { ...emptyRelation, ...placeOf(target.table) },
    },
    target: {
      kind: source.kind,
      file: targetFile,
      table: { ...target.table, ...placeOf(source.table), mode: null, orderBy: [], partitionBy: null },
    },
  }
}

const placeOf = ({ server, database, table }: { server: string; database: string; table: string }) => ({
  server,
  database,
  table,
})

/** How a file is read that was written so. What its text alone would not show for sure is said although it is usual. */
function asWritten({ path, dialect, encoding }: FileDraft): FileDraft {
  const { quote, escape, lineTerminator, edgeDelimiter, commentPrefix } = dialect
  return {
    path,
    encoding,
    dialect: {
      delimiter: dialect.delimiter ?? usualDelimiter(path),
      header: dialect.header ?? true,
      nullTokens: [dialect.nullTokens?.[0] ?? '\\N'],
      ...(quote !== undefined && { quote }),
      ...(escape !== undefined && { escape }),
      ...(lineTerminator !== undefined && { lineTerminator }),
      ...(edgeDelimiter !== undefined && { edgeDelimiter }),
      ...(commentPrefix !== undefined && { commentPrefix }),
    },
  }
}

function swapColumns(draft: Draft, known: readonly SourceColumn[]): Draft['columns'] {
  const { columns, source, target } = draft
  const names = known.map(({ name }) => name)
  const isTable = source.kind === 'file' || source.table.sql === null
  const chosen = chosenColumns(columns, names)
  const renamed = new Map(columns.map.map(({ source: from, target: to }) => [from, to]))
  const isBare = target.kind === 'file' && target.file.dialect.header === false
  // Without a header, columns are called by their place.
  const written = chosen.map((name, n) => (isBare ? `c${n + 1}` : (renamed.get(name) ?? name)))
  const map = chosen.flatMap((name, n) => {
    const from = written[n] ?? name
    return from === name ? [] : [{ source: from, target: name }]
  })
  const isAll = chosen.length === names.length && chosen.every((name, index) => name === names[index])
  const types = new Map(known.map(({ name, type }) => [name, type]))
  const isExport = source.kind === 'table' && target.kind === 'file'
  return {
    ...emptyColumns,
    map: isTable ? map : [],
    only: isAll || isBare || !isTable ? null : written,
    readings: isExport
      ? chosen.flatMap((name, n) => readingOf(written[n] ?? name, types.get(name) ?? '', target.file))
      : [],
  }
}

/** Decimal signs and dates are laid out for the whole file when it is written, and by column when it is read. */
function readingOf(column: string, type: string, { dialect }: FileDraft): Reading[] {
  const layout = writtenLayout(type.replace(/^(?:LowCardinality\(|Nullable\()+/, ''), dialect)
  return layout === undefined ? [] : [{ column, layout, misfit: 'reject' }]
}

function writtenLayout(type: string, { decimal, dateLayout }: FileDraft['dialect']): ValueLayout | undefined {
  if (/^(?:B?Float|Decimal)/.test(type)) return decimal === ',' ? '1234,5' : undefined
  if (dateLayout === undefined || dateLayout === 'YYYY-MM-DD') return undefined
  if (type.startsWith('DateTime')) return `${dateLayout} HH:mm:ss`
  return /^Date(?:32)?$/.test(type) ? dateLayout : undefined
}

function exportName(sourcePath: string, table: string): string {
  const folder = sourcePath.slice(0, sourcePath.lastIndexOf('/') + 1)
  const name = `${folder}${table === '' ? 'export' : table}.csv`
  return name === sourcePath ? name.replace(/\.csv$/, '-export.csv') : name
}
