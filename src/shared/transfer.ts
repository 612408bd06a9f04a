import { z } from 'zod'
import { connectionSchema } from './connection.ts'
import { dialectChoiceSchema, encodings } from './dialect.ts'
import { valueLayouts } from './layout.ts'

/** Which ClickHouse a table end is on: `embedded`, the name of a saved connection, or a connection itself. */
const serverSchema = z.union([z.string().min(1), connectionSchema])
export type ServerChoice = z.infer<typeof serverSchema>

export const fileEndSchema = z.strictObject({
  kind: z.literal('file'),
  /** A path, a pattern (source only), or `-` for standard input (source only). */
  path: z.string().min(1).max(8192),
  /** What a person set by hand; the rest is sniffed (source) or follows from the extension (target). */
  dialect: dialectChoiceSchema.default({}),
  /** Left out: sniffed (source), UTF-8 (target). */
  encoding: z.enum(encodings).optional(),
})
export type FileEnd = z.infer<typeof fileEndSchema>

const tableShape = {
  kind: z.literal('table'),
  server: serverSchema,
  /** Left out: the connection's own. */
  database: z.string().min(1).optional(),
  table: z.string().min(1),
}
export const tableEndSchema = z.strictObject(tableShape)
export type TableEnd = z.infer<typeof tableEndSchema>

const joinKinds = ['inner', 'left', 'right', 'full', 'semi', 'anti', 'asof', 'cross'] as const
export type JoinKind = (typeof joinKinds)[number]

const keyOperators = ['=', '>', '>=', '<', '<='] as const

/** A column of a table before (`left`, named by its table's alias) against one of the joined table (`right`). */
const keySchema = z.strictObject({
  left: z.strictObject({ table: z.string().min(1), column: z.string() }),
  operator: z.enum(keyOperators).default('='),
  right: z.string(),
})
export type JoinKey = z.infer<typeof keySchema>

/** One more table beside those before it. `semi`, `anti` and `asof` are of the left kind. */
const joinSchema = z.strictObject({
  kind: z.enum(joinKinds),
  database: z.string().min(1).optional(),
  table: z.string().min(1),
  /** The alias by which its columns are told apart; left out: the table's name. */
  as: z.string().min(1).optional(),
  on: z.array(keySchema).max(50).default([]),
  /** A condition in SQL over `alias.column`, besides the keys or instead of them. */
  condition: z.string().min(1).optional(),
})
export type Join = z.infer<typeof joinSchema>

/**
 * A table, or several joined. The columns of a join are those of all its tables, in order; a column whose name an
 * earlier table has too is called `alias_column`.
 */
const sourceTableSchema = z.strictObject({
  ...tableShape,
  as: z.string().min(1).optional(),
  joins: z.array(joinSchema).max(50).optional(),
})
export type SourceTable = z.infer<typeof sourceTableSchema>

const queryEndSchema = z.strictObject({
  kind: z.literal('query'),
  server: serverSchema,
  /** One SELECT. */
  sql: z.string().min(1),
})

/** The source of an export. */
export const relationEndSchema = z.discriminatedUnion('kind', [sourceTableSchema, queryEndSchema])
export type RelationEnd = z.infer<typeof relationEndSchema>

export const filterOperators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'not contains',
  'starts with',
  'ends with',
  'in',
  'not in',
  'is null',
  'is not null',
] as const
export type FilterOperator = (typeof filterOperators)[number]

const filterSchema = z.strictObject({
  /** Whether every rule must hold, or one is enough. */
  match: z.enum(['all', 'any']),
  rules: z
    .array(
      z.strictObject({
        column: z.string(),
        operator: z.enum(filterOperators),
        /** As texts that ClickHouse reads as the column's type: none for `is null`, many for `in`, otherwise one. */
        values: z.array(z.string()).default([]),
      }),
    )
    .max(1000),
})
export type Filter = z.infer<typeof filterSchema>

const sortSchema = z.array(z.strictObject({ column: z.string(), descending: z.boolean().default(false) }))
export type Sort = z.infer<typeof sortSchema>

/** Which rows of a relation move, and in which order. All of it speaks of the relation's columns. */
export const rowChoiceShape = {
  filter: filterSchema.optional(),
  /** A condition in SQL, besides the filter. */
  where: z.string().min(1).optional(),
  sort: sortSchema.optional(),
  limit: z.number().int().positive().optional(),
}

/** One source field and the target column it goes to. */
const mappingSchema = z.strictObject({ source: z.string(), target: z.string().min(1) })
export type Mapping = z.infer<typeof mappingSchema>

/** The ClickHouse type that a source column gets in a new table, in place of the inferred one. */
const typeChoiceSchema = z.strictObject({ column: z.string(), type: z.string().min(1) })
export type TypeChoice = z.infer<typeof typeChoiceSchema>

/** What becomes of a value that does not fit its column: the record is a reject, or NULL or the type's default takes its place. */
export const misfitActions = ['reject', 'null', 'default'] as const
export type MisfitAction = (typeof misfitActions)[number]

/** How the values of a source column are read, besides their type. */
export const readingSchema = z.strictObject({
  column: z.string(),
  /** Texts that mean NULL in this column, in place of the dialect's. */
  nullTokens: z.array(z.string()).optional(),
  /** Left out: as ClickHouse writes values, or for a new table what the file says. */
  layout: z.enum(valueLayouts).optional(),
  misfit: z.enum(misfitActions).default('reject'),
})
export type Reading = z.infer<typeof readingSchema>

/** The partitions of a table that is created: by each value of a column, or by the day, month or year of a date. */
export const partitionSchema = z.strictObject({
  column: z.string(),
  by: z.enum(['value', 'day', 'month', 'year']),
})
export type Partition = z.infer<typeof partitionSchema>

/** How many rejects are tolerated; over any of the limits, the run fails and nothing is committed. */
const rejectLimitSchema = z.strictObject({
  records: z.number().int().nonnegative().optional(),
  /** Of all records, 0…1. */
  share: z.number().min(0).max(1).optional(),
})
export type RejectLimit = z.infer<typeof rejectLimitSchema>

/** Whether the first record that cannot be moved ends the run, or it is a reject and the others go on. */
export const errorPolicies = ['stop', 'skip'] as const
export type ErrorPolicy = (typeof errorPolicies)[number]

export const writeModes = ['create', 'append', 'replace'] as const
export type WriteMode = (typeof writeModes)[number]

/** Of a table that is created. */
export const engines = ['MergeTree', 'ReplacingMergeTree'] as const
export type Engine = (typeof engines)[number]

export const verifications = ['none', 'count', 'checksum'] as const
export type VerifyMode = (typeof verifications)[number]

/** What becomes of a run that fails by what can pass: the network, a server that restarts or has too much to do. */
const retrySchema = z.strictObject({
  /** At most, the first included. */
  attempts: z.number().int().min(1).max(10).default(3),
  /** Whether a run that a kill or a stop of Flathouse ended is started again when Flathouse is. */
  afterRestart: z.boolean().default(false),
})
export type Retry = z.infer<typeof retrySchema>
export const defaultRetry: Retry = { attempts: 3, afterRestart: false }

/** A file is ended when it has so many records or, about, bytes (before compression), and the next is begun. */
const splitSchema = z
  .strictObject({
    rows: z.number().int().positive().optional(),
    bytes: z.number().int().positive().optional(),
  })
  .refine(({ rows, bytes }) => rows !== undefined || bytes !== undefined, 'Give rows or bytes.')
export type Split = z.infer<typeof splitSchema>

const moved = {
  /** The source columns to move, in order; left out: all. */
  columns: z.array(z.string()).min(1).optional(),
  /** Renamings; a column that is not named here keeps its name. */
  map: z.array(mappingSchema).default([]),
  verify: z.enum(verifications).default('count'),
  /** Left out: `defaultRetry`. */
  retry: retrySchema.optional(),
}

/** What an import says about its columns besides which of them move. */
export const importColumnsShape = {
  map: moved.map,
  types: z.array(typeChoiceSchema).optional(),
  readings: z.array(readingSchema).optional(),
}

export const importSchema = z.strictObject({
  direction: z.literal('import'),
  source: fileEndSchema,
  target: tableEndSchema,
  /** Left out: `append` when the table is there, `create` when it is not. */
  mode: z.enum(writeModes).optional(),
  engine: z.enum(engines).optional(),
  /** Sorting key of a table that is created. */
  orderBy: z.array(z.string()).default([]),
  partitionBy: partitionSchema.optional(),
  onError: z.enum(errorPolicies).default('stop'),
  /** With `skip` only; left out: any number. */
  rejectLimit: rejectLimitSchema.optional(),
  ...moved,
  ...importColumnsShape,
})
export type ImportTransfer = z.infer<typeof importSchema>

const exportSchema = z.strictObject({
  direction: z.literal('export'),
  source: relationEndSchema,
  target: fileEndSchema,
  split: splitSchema.optional(),
  ...rowChoiceShape,
  ...moved,
})
export type ExportTransfer = z.infer<typeof exportSchema>

const convertSchema = z.strictObject({
  direction: z.literal('convert'),
  source: fileEndSchema,
  target: fileEndSchema,
  /** True: infer types, check every value, and write values as ClickHouse writes them. False: keep every cell's text. */
  types: z.boolean().default(false),
  ...moved,
})
export type ConvertTransfer = z.infer<typeof convertSchema>

/** What to move and how: a document without secrets, which can be saved and shown. */
export const transferSchema = z.discriminatedUnion('direction', [importSchema, exportSchema, convertSchema])
export type Transfer = z.infer<typeof transferSchema>
/** As a person or a page writes it: what has a default may be left out. */
export type TransferInput = z.input<typeof transferSchema>
