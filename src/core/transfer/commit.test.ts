import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { chooseCommit, keepsEveryRow, type CommitFacts } from './commit.ts'
import type { TableFacts, TableTarget } from './facts.ts'

const table: TableFacts = {
  engine: 'MergeTree',
  sortingKey: '',
  partitionKey: '',
  hasTtl: false,
  hasDependents: false,
  columns: [],
}
const facts: CommitFacts = { mode: 'append', missingRight: null, plainBytes: null, isStrict: true }

function choice(
  { databaseEngine = 'Atomic', ...found }: Partial<TableFacts> & { databaseEngine?: string },
  more: Partial<CommitFacts> = {},
): string {
  const target: TableTarget = {
    ...{ place: 'remote', timezone: 'UTC', name: { database: 'shop', table: 'sales' }, databaseEngine },
    table: more.mode === 'create' ? undefined : { ...table, ...found },
  }
  try {
    const { commit, reason } = chooseCommit(target, { ...facts, ...more })
    return reason === null ? commit : `${commit}: ${reason}`
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`
    throw error
  }
}

const noRight = { missingRight: 'CREATE TABLE ON shop.*' }
const small = { ...noRight, plainBytes: 1000 }
const replace = { mode: 'replace' as const }
const create = { mode: 'create' as const }

describe('chooseCommit', () => {
  it.each([
    ['a new table', {}, create],
    ['a new table in an Ordinary database', { databaseEngine: 'Ordinary' }, create],
    ['a new table in a Memory database', { databaseEngine: 'Memory' }, create],
    ['a new table without the right to', {}, { ...create, ...noRight }],
    ['replace', {}, replace],
    ['replace without the right to', {}, { ...replace, ...noRight }],
    [
      'replace in a Replicated database',
      { databaseEngine: 'Replicated', engine: 'ReplicatedMergeTree' },
      replace,
    ],
    ['replace in the cloud', { databaseEngine: 'Shared', engine: 'SharedReplacingMergeTree' }, replace],
    ['replace in an Ordinary database', { databaseEngine: 'Ordinary' }, replace],
    ['replace of one replica', { engine: 'ReplicatedMergeTree' }, replace],
    ['replace of a Distributed table', { engine: 'Distributed' }, replace],
    ['replace of a Log', { engine: 'Log' }, replace],
    ['replace of a Join', { engine: 'Join' }, replace],
    ['append', {}, {}],
    ['append to a VersionedCollapsingMergeTree', { engine: 'VersionedCollapsingMergeTree' }, {}],
    ['append, where parts have a TTL', { hasTtl: true, partitionKey: 'day' }, {}],
    ['append to what feeds views', { hasDependents: true }, {}],
    ['append to a replicated table', { engine: 'ReplicatedSummingMergeTree' }, {}],
    ['append in the cloud', { engine: 'SharedMergeTree', databaseEngine: 'Shared' }, {}],
    ['append to a Log', { engine: 'Log' }, {}],
    ['append to a Memory', { engine: 'Memory' }, {}],
    ['append to a Null', { engine: 'Null' }, {}],
    ['append to a Distributed table', { engine: 'Distributed' }, small],
    ['append to a Buffer', { engine: 'Buffer' }, {}],
    ['append to a view', { engine: 'View' }, {}],
    ['replace of a view', { engine: 'View' }, replace],
    ['an engine that is not seen', { engine: '' }, {}],
    ['no right to stage', {}, noRight],
    ['no right to stage, small', {}, small],
    ['no right to stage, small, replicated', { engine: 'ReplicatedMergeTree' }, small],
    ['no right to stage, of unknown size', {}, { ...small, plainBytes: null }],
    ['no right to stage, 32 MiB', {}, { ...small, plainBytes: 33_554_432 }],
    ['no right to stage, more', {}, { ...small, plainBytes: 33_554_433 }],
    ['no right to stage, small, partitions', { partitionKey: 'day' }, small],
    ['no right to stage, small, views', { hasDependents: true }, small],
    ['no right to stage, small, a Log', { engine: 'Log' }, small],
    ['no right to stage, small, rejects are kept', {}, { ...small, isStrict: false }],
  ])('%s', (_, found, more) => {
    expect(choice(found, more)).toMatchSnapshot()
  })
})

it.each([
  ['partition-move', 'MergeTree', true],
  ['partition-move', 'ReplacingMergeTree', false],
  ['insert-select', 'ReplacingMergeTree', true],
  ['insert-select', 'Log', true],
  ['exchange', 'MergeTree', true],
  ['exchange', 'SummingMergeTree', false],
] as const)('%s out of a staging table for a %s keeps every row: %s', (commit, engine, keeps) => {
  expect(keepsEveryRow(commit, { ...table, engine })).toBe(keeps)
})

it('a table with a TTL that is to take the place of another may lose rows before', () => {
  expect(keepsEveryRow('exchange', { ...table, hasTtl: true })).toBe(false)
  expect(keepsEveryRow('partition-move', { ...table, hasTtl: true })).toBe(true)
})

it('a new table keeps every row when it merges none', () => {
  expect([
    keepsEveryRow('rename', undefined),
    keepsEveryRow('rename', undefined, 'ReplacingMergeTree'),
  ]).toEqual([true, false])
})
