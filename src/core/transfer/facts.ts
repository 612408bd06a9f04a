import type { Compression, Dialect, Encoding, ReadingWay } from '../../shared/index.ts'
import type { FileColumn, TableName } from '../sql/index.ts'

/** A source file (or a list of files of one layout) as it was found. */
export interface FileFacts {
  /** What a person calls it. */
  label: string
  /** For the embedded server. */
  mountPath: string
  compression: Compression
  /** As the server reads it: of a normalised file, what the normaliser gives. */
  dialect: Dialect
  reading: ReadingWay
  /** One per field: the header's, made unique and not empty, or c1…cN. */
  names: string[]
  /** Lines before the first record, the header's own included, each of which is a record to the server. */
  skip: number
  /** False for encoding `binary`. */
  utf8: boolean
  warnings: string[]
}

/** An export that is being written. */
export interface FileTargetFacts {
  label: string
  mountPath: string
  compression: Compression
  /** As the file will be. */
  dialect: Dialect
  encoding: Encoding
  /** The server writes canonical CSV, of which a process of ours makes the file. */
  isFormatted: boolean
  /** A process of ours makes several files of what the server writes. */
  isSplit: boolean
}

/** Where a table end's statements run. */
export type Place = 'embedded' | 'remote'

export interface TableColumn extends FileColumn {
  /** As `DESCRIBE TABLE` says. */
  kind: '' | 'DEFAULT' | 'MATERIALIZED' | 'ALIAS' | 'EPHEMERAL'
}

/** A table as it was found. */
export interface TableFacts {
  engine: string
  /** As the server writes it; empty, like the next, where there is none, or it may not be seen. */
  sortingKey: string
  partitionKey: string
  /** Rows or values may vanish by themselves. */
  hasTtl: boolean
  columns: TableColumn[]
  /** Whether materialized views are fed by inserts into it. */
  hasDependents: boolean
}

export interface TableTarget {
  place: Place
  /** The server's own time zone: that of columns which name none. */
  timezone: string
  name: TableName
  /** Empty when it may not be seen. */
  databaseEngine: string
  /** Undefined when there is no such table. */
  table: TableFacts | undefined
}

/** What is read from a ClickHouse: the columns of a table, of several joined, or of a query. */
export interface Relation {
  label: string
  kind: 'table' | 'join' | 'query'
  place: Place
  timezone: string
  /** False for a user who may change no setting. */
  takesSettings: boolean
  /** SQL that can stand after FROM. */
  from: string
  columns: (TableColumn & { comment?: string })[]
  /** Of a plain table, where the server knows. */
  rows: number | null
  warnings: string[]
}
