import { describe, expect, it } from 'vitest'
import type { PlanView, RejectLimit, TransferInput } from '../../../shared/index.ts'
import { sentence } from './sentence.ts'

const plan: PlanView = {
  strategy: 'pipe',
  commit: 'rename',
  targetExists: false,
  columns: [],
  statements: [],
  rows: null,
  bytes: null,
  warnings: [],
  reading: null,
  suggestion: null,
  sampled: null,
  command: '',
  yaml: '',
}

const importing: TransferInput = {
  direction: 'import',
  source: { kind: 'file', path: 'flights.csv' },
  target: { kind: 'table', server: 'embedded', database: 'main', table: 'flights' },
}
const exporting: TransferInput = {
  direction: 'export',
  source: { kind: 'table', server: 'prod', table: 'flights' },
  target: { kind: 'file', path: 'out.csv.gz' },
}
const nothing = { preview: undefined, plan: undefined, lastRows: undefined, targetRows: null }

describe('the sentence of a transfer', () => {
  it('tells a new table from one that is added to or replaced', () => {
    const at = (more: Partial<PlanView>, mode?: 'append' | 'replace') =>
      sentence({ ...importing, ...(mode && { mode }) }, { ...nothing, plan: { ...plan, ...more } })
    expect(at({})).toBe('All records into new table main.flights, all or nothing.')
    expect(at({ rows: 3_001_234 })).toBe(
      'About 3,000,000 records into new table main.flights, all or nothing.',
    )
    expect(sentence(importing, { ...nothing, lastRows: 5 })).toBe('About 5 records into main.flights.')
    expect(at({ targetExists: true })).toBe(
      'All records into existing table main.flights, besides its rows, all or nothing.',
    )
    expect(at({ targetExists: true }, 'replace')).toBe(
      'All records into existing table main.flights, in place of its rows, all or nothing.',
    )
    expect(sentence(importing, { ...nothing, targetRows: 1200, plan: { ...plan, targetExists: true } })).toBe(
      'All records into existing table main.flights, besides its 1,200 rows, all or nothing.',
    )
    expect(at({ targetExists: true, commit: 'direct' })).toMatch(/straight into the table/)
  })

  it('says what becomes of bad records, and how many may be bad', () => {
    const skipping = (rejectLimit?: RejectLimit, more: Partial<PlanView> = {}) =>
      sentence(
        { ...importing, onError: 'skip', ...(rejectLimit && { rejectLimit }) },
        { ...nothing, plan: { ...plan, ...more } },
      )
    expect(skipping()).toBe(
      'All records into new table main.flights, all good ones or none; bad ones are set aside.',
    )
    expect(skipping({ records: 1000, share: 0.07 })).toMatch(/set aside, up to 1,000 or 7% of all\.$/)
    expect(skipping({ share: 0.001 })).toMatch(/set aside, up to 0\.1% of all\.$/)
    expect(skipping({ records: 0 }, { commit: 'direct' })).toMatch(
      /stays; bad ones are set aside, up to 0\.$/,
    )
  })

  it('promises nothing about the table before the plan is known', () => {
    expect(sentence(importing, nothing)).toBe('All records into main.flights.')
  })

  it('counts what an export moves, and says so when it does not know', () => {
    expect(sentence(exporting, { ...nothing, plan: { ...plan, rows: 3_000_000 } })).toBe(
      '3,000,000 rows of flights on prod into out.csv.gz, as a complete file or none.',
    )
    expect(sentence({ ...exporting, limit: 5 }, { ...nothing, plan })).toMatch(/^The chosen rows of flights/)
  })
})
