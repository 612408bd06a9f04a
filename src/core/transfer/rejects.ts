import { identifier, literal, tableName, type Settings, type TableName } from '../sql/index.ts'
import { allFit, unusedPrefix, type FileReader } from './checked.ts'
import { partOfSums, sumsTable } from './checksum.ts'
import { insertSettings, type PlannedStatement } from './plan.ts'

/**
 * One reading of a file with two ends: rows that fit go on, the others are kept. The embedded server inserts all records
 * into a table that keeps nothing and feeds three views: one takes the rows that fit, one the others, and one notes how
 * many records came in every block, from which their place in the file is known.
 */
export interface Division {
  /** What the records are inserted into. */
  records: TableName
  /** What is created before, in order, and dropped after, in reverse. */
  created: TableName[]
  create: string[]
  rejects: TableName
  blocks: TableName
  /** Parts of the checksum of the rows that fit, when there is to be one, and the SELECT that they are of. */
  sums?: { name: TableName; taken: string }
  /** Where the rows that fit leave the embedded server, when they do; its table is made by `passageTable`. */
  passage: TableName
}

/** What records have on their way, under names that no target has: a view would take the one for the other. */
function namesOnTheWay({ fields }: FileReader) {
  const prefix = unusedPrefix('v', fields)
  return {
    fits: identifier(`${prefix}fits`),
    values: fields.map(({ target, type }, index) => ({ name: `${prefix}${index + 1}`, target, type })),
  }
}

const placeColumns = '`file` UInt32, `row` UInt64, `offset` UInt64, `length` UInt64'

/**
 * @param base what all names begin with, in the embedded database
 * @param into where the rows that fit go; undefined: to another server, through the passage
 */
export function planDivision(
  reader: FileReader,
  base: TableName,
  { into, isHashed }: { into: TableName | undefined; isHashed: boolean },
): Division {
  const named = (suffix: string): TableName => ({ ...base, table: `${base.table}_${suffix}` })
  const [records, rejects, blocks, passage] = ['records', 'rejects', 'blocks', 'passage'].map(named) as [
    TableName,
    TableName,
    TableName,
    TableName,
  ]
  const [fitting, refused, counted] = ['view_rows', 'view_rejects', 'view_blocks'].map(named) as [
    TableName,
    TableName,
    TableName,
  ]
  const [sums, summed] = ['sums', 'view_sums'].map(named) as [TableName, TableName]
  const { fits, values } = namesOnTheWay(reader)
  const columns = values.map(({ name, type }) => `${identifier(name)} ${type}`)
  const renamed = values.map(({ name, target }) => `${identifier(name)} AS ${identifier(target)}`)
  const from = `FROM ${tableName(records)}`
  const taken = `SELECT ${partOfSums(values)} ${from} WHERE ${fits}`
  const view = (name: TableName, to: TableName, select: string) =>
    `CREATE MATERIALIZED VIEW ${tableName(name)} TO ${tableName(to)} AS ${select}`
  return {
    records,
    rejects,
    blocks,
    passage,
    ...(isHashed && { sums: { name: sums, taken } }),
    created: [records, rejects, blocks, fitting, refused, counted, ...(isHashed ? [sums, summed] : [])],
    create: [
      `CREATE TABLE ${tableName(records)} (${placeColumns}, \`fault\` String, ${fits} Bool, \`bad\` Array(UInt32), ` +
        `\`value\` Nullable(String), ${columns.join(', ')}) ENGINE = Null`,
      `CREATE TABLE ${tableName(rejects)} (${placeColumns}, \`fault\` String, \`bad\` Array(UInt32), ` +
        `\`value\` Nullable(String)) ENGINE = MergeTree ORDER BY (\`file\`, \`row\`, \`offset\`)`,
      `CREATE TABLE ${tableName(blocks)} (\`file\` UInt32, \`start\` UInt64, \`records\` UInt64, \`fitting\` UInt64, ` +
        '`first` UInt64, `last` UInt64) ENGINE = Log',
      view(fitting, into ?? passage, `SELECT ${renamed.join(', ')} ${from} WHERE ${fits}`),
      view(
        refused,
        rejects,
        `SELECT \`file\`, \`row\`, \`offset\`, \`length\`, \`fault\`, \`bad\`, \`value\` ${from} WHERE NOT ${fits}`,
      ),
      // With bounds whoever reads: a file that the server cannot read for sure goes through the normaliser after all.
      view(counted, blocks, `SELECT ${countOf(fits)}, ${bounds} ${from} GROUP BY \`file\``),
      ...(isHashed ? [sumsTable(sums), view(summed, sums, taken)] : []),
    ],
  }
}

const countOf = (fits: string) =>
  `\`file\`, min(\`row\`) AS \`start\`, count() AS \`records\`, countIf(${fits}) AS \`fitting\``
const bounds = 'min(`offset`) AS `first`, max(`offset` + `length`) AS `last`'

/** Rows that are inserted into it go into the FIFO at the path, as Native blocks. */
export const passageTable = ({ passage }: Division, reader: FileReader, path: string): string => {
  const columns = reader.fields.map(({ target, type }) => `${identifier(target)} ${type}`).join(', ')
  return `CREATE TABLE ${tableName(passage)} (${columns}) ENGINE = File(Native, ${literal(path)})`
}

/**
 * Reads the records of the reader's file.
 *
 * @param file its number from 1; a reader that knows the place of every record knows this too
 * @param errorLog where the server writes down what it cannot parse
 */
export function divide(
  { records }: Division,
  reader: FileReader,
  file: number,
  errorLog: string,
): PlannedStatement {
  const { fields, position } = reader
  const good = `ifNull(${allFit(fields)}, 0)`
  const fault = position?.fault ?? "''"
  const fits = position ? `(${fault} = '' AND ${good})` : good
  // Of a record that is at fault as a whole no field is.
  const isFine = position ? `(${fault} != '' OR ${good})` : good
  const checks = fields.map(({ check }) => `toUInt8(ifNull(${check.ok}, 0))`).join(', ')
  const texts = fields.map(({ field }) => `CAST(${identifier(field)}, 'Nullable(String)')`).join(', ')
  const bad = `arrayFilter((n, fits) -> NOT fits, range(1, ${fields.length + 1}), [${checks}])`
  const first = `indexOf([${checks}], 0)`
  const place = position
    ? [position.file, position.line, position.offset, position.length]
    : [String(file), '_row_number', '0', '0']
  const values = fields.map(({ check }) => check.value)
  const sql =
    `INSERT INTO ${tableName(records)} SELECT ${place.join(', ')}, ${fault}, ${fits}, if(${isFine}, emptyArrayUInt32(), CAST(${bad}, 'Array(UInt32)')), ` +
    `if(${isFine}, NULL, [${texts}][${first}]), ${values.join(', ')} FROM ${reader.table}`
  // What the normaliser gives parses, or is no record.
  const faults = position ? {} : faultsKeptIn(errorLog)
  const inserting = { ...insertSettings(`${records.table}_${file}`), ...inBlocks }
  return { place: 'embedded', sql, settings: { ...reader.settings, ...faults, ...inserting } }
}

/** A record that does not parse ends no reading; the server writes it down. */
export const faultsKeptIn = (errorLog: string): Settings => ({
  input_format_allow_errors_num: 4_294_967_295,
  input_format_allow_errors_ratio: 1,
  input_format_record_errors_file_path: errorLog,
  errors_output_format: 'JSONEachRow',
})

/** The views get the blocks of the reader as they are; what they write themselves comes in large ones. */
const inBlocks: Settings = {
  min_insert_block_size_rows: 1,
  min_insert_block_size_bytes: 1,
  min_insert_block_size_rows_for_materialized_views: 1_048_449,
  min_insert_block_size_bytes_for_materialized_views: 268_402_944,
}

/** A reject of a file that the normaliser reads. */
export interface PlacedRow {
  file: number
  line: string
  offset: string
  length: string
  fault: string
  bad: number[]
  value: string | null
}

/** The next rejects after one, or the first; in the order of the files. */
export function pageOfPlaced({ rejects }: Division, after: PlacedRow | undefined, rows: number): string {
  const from = after
    ? `WHERE (r.file, r.row, r.offset) > (${after.file}, ${after.line}, ${after.offset}) `
    : ''
  return (
    'SELECT file, toString(row) AS line, toString(offset) AS offset, toString(length) AS length, fault, bad, value ' +
    `FROM ${tableName(rejects)} AS r ${from}ORDER BY r.file, r.row, r.offset LIMIT ${rows}`
  )
}

/** Where the records of the first file begin and end in it, in bytes. */
export const boundsOfRecords = ({ blocks }: Division): string =>
  'SELECT toString(min(first)) AS first, toString(max(last)) AS last ' +
  `FROM ${tableName(blocks)} AS b WHERE b.file = 1 HAVING count() > 0`
