import { identifier } from '../sql/index.ts'
import { readAlike, type CheckedField, type FileReader, type Position } from './checked.ts'

/** Fields that are checked together. */
interface Group {
  fields: CheckedField[]
  /** Whether a value that does not fit makes its record a reject. */
  rejects: boolean
  /** SQL of an array with 1 for every field that does not fit, else 0. */
  misfits: string
}

export interface CheckQuery {
  sql: string
  groups: Group[]
}

/** The answer: every number as text; `misfits` has one of each field, group by group. */
export interface CheckRow {
  records: string
  rejected: string
  malformed: string
  misfits: string[][]
}

/** More fields than this are checked by type: the server's analysis takes time with the square of its expressions. */
const mostOneByOne = 200

/** Counts the records that do not parse or do not fit, and the misfits of every field, whatever becomes of them. */
export function checkQuery(reader: FileReader): CheckQuery {
  const groups = groupsOf(reader)
  const inner = [
    `${reader.position ? `${reader.position.fault} != ''` : '0'} AS unread`,
    ...groups.map(({ misfits }, n) => `${misfits} AS g${n}`),
  ]
  const isRejected = groups.flatMap((group, n) => (group.rejects ? `has(g${n}, 1)` : []))
  const counts = groups.map((_, n) => `arrayMap(sum -> toString(sum), sumForEachIf(g${n}, NOT unread))`)
  const sql =
    `SELECT toString(count()) AS records, toString(countIf(${['unread', ...isRejected].join(' OR ')})) AS rejected, ` +
    `toString(countIf(unread)) AS malformed, [${counts.join(', ')}] AS misfits ` +
    `FROM (SELECT ${inner.join(', ')} FROM ${reader.table})`
  return { sql, groups }
}

const isReject = ({ reading }: CheckedField) => (reading?.misfit ?? 'reject') === 'reject'

function groupsOf({ fields, checkCell }: FileReader): Group[] {
  if (fields.length <= mostOneByOne) {
    return [...Map.groupBy(fields, isReject)].map(([rejects, same]) => ({
      fields: same,
      rejects,
      misfits: array(same.map(({ check }) => check.misfit)),
    }))
  }
  return readAlike(fields).map((same) => {
    const [like] = same as [CheckedField]
    const check = checkCell?.('cell', like)
    const misfits = check
      ? `arrayMap(cell -> toUInt8(${check.misfit}), [${same.map(({ field }) => identifier(field)).join(', ')}])`
      : array(same.map((field) => field.check.misfit))
    return { fields: same, rejects: isReject(like), misfits }
  })
}

const array = (conditions: string[]) =>
  `[${conditions.map((condition) => `toUInt8(${condition})`).join(', ')}]`

/** A value that does not fit, or a record that does not parse, with its place. Numbers are texts. */
export interface ExampleRow {
  /** Among the files, from 1. */
  file: string
  line: string
  offset: string
  length: string
  /** Which of the fields, from 1; 0: the record does not parse. */
  bad: number
  /** Why it does not. */
  fault: string
  value: string | null
  isValid: number
}

/** Of what there are examples: fields with so many misfits, and so many records that do not parse. */
export interface Faults {
  fields: { field: CheckedField; misfits: number }[]
  malformed: number
}

/**
 * The first of each kind of fault. The reading ends with the last that is wanted.
 *
 * @param place where the reader's records are
 * @param most of each kind
 */
export function exampleQuery(
  { table }: FileReader,
  place: Position,
  { fields, malformed }: Faults,
  most: number,
): string {
  const { file, line, offset, length, fault } = place
  const text = (name: string) => `CAST(${name}, 'Nullable(String)')`
  const unread = `[(toUInt32(0), ${text('NULL')})]`
  const cells = fields.map(
    ({ field: { check, field } }, n) =>
      `(toUInt32(if(${check.misfit}, ${n + 1}, 0)), ${text(identifier(field))})`,
  )
  const misfits = `arrayFilter(cell -> cell.1 > 0, [${cells.join(', ')}])`
  const found =
    cells.length === 0
      ? `arrayResize(${unread}, ${fault} != '')`
      : `if(${fault} != '', ${unread}, ${misfits})`
  const names = [file, line, offset, length].map((name, n) => `toString(${name}) AS place${n}`)
  const wanted = [malformed, ...fields.map(({ misfits: count }) => count)]
  const total = wanted.reduce((sum, count) => sum + Math.min(count, most), 0)
  return (
    `SELECT place0 AS file, place1 AS line, place2 AS offset, place3 AS length, unread AS fault, found.1 AS bad, ` +
    `found.2 AS value, isValidUTF8(ifNull(value, '')) AS isValid FROM ` +
    `(SELECT ${names.join(', ')}, ${fault} AS unread, arrayJoin(${found}) AS found FROM ${table}) ` +
    `LIMIT ${most} BY bad LIMIT ${total}`
  )
}
