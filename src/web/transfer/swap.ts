import { chosenColumns, emptyColumns, emptyRelation, type Draft } from './draft.ts'

/**
 * The matching transfer in the other direction: what was written is read, and goes back to what it was read from. A file
 * that was read is not written over: the export gets a name of its own.
 *
 * @param names the source's columns, when they are known
 */
export function swap(draft: Draft, names: readonly string[]): Draft {
  const { source, target } = draft
  const columns = swapColumns(draft, names)
  const sourceFile = { ...source.file, path: target.file.path, dialect: {} }
  const targetFile = {
    ...target.file,
    path: exportName(source.file.path, target.table.table || source.table.table),
    dialect: {},
  }
  return {
    ...draft,
    columns,
    source: {
      kind: target.kind,
      file: sourceFile,
      table: { ...emptyRelation, ...placeOf(target.table) },
    },
    target: {
      kind: source.kind,
      file: targetFile,
      table: { ...target.table, ...placeOf(source.table), mode: null, orderBy: [] },
    },
  }
}

const placeOf = ({ server, database, table }: { server: string; database: string; table: string }) => ({
  server,
  database,
  table,
})

function swapColumns({ columns, source }: Draft, names: readonly string[]): Draft['columns'] {
  if (source.kind === 'table' && source.table.sql !== null) return emptyColumns
  const renamed = new Map(columns.map.map(({ source: from, target }) => [from, target]))
  const map = columns.map.map(({ source: from, target }) => ({ source: target, target: from }))
  const chosen = chosenColumns(columns, names)
  const isAll = chosen.length === names.length && chosen.every((name, index) => name === names[index])
  return { ...emptyColumns, map, only: isAll ? null : chosen.map((name) => renamed.get(name) ?? name) }
}

function exportName(sourcePath: string, table: string): string {
  const folder = sourcePath.slice(0, sourcePath.lastIndexOf('/') + 1)
  const name = `${folder}${table === '' ? 'export' : table}.csv`
  return name === sourcePath ? name.replace(/\.csv$/, '-export.csv') : name
}
