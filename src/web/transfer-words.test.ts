import { describe, expect, it } from 'vitest'
import type { TransferInput } from '../shared/index.ts'
import { savedNameOf, sentenceOf } from './transfer-words.ts'

const from = (
  server: Extract<TransferInput, { direction: 'export' }>['source']['server'],
): TransferInput => ({
  direction: 'export',
  source: { kind: 'table', server, table: 'orders' },
  target: { kind: 'file', path: 'orders.csv' },
})

describe('a transfer in words', () => {
  it('names the server where it is not the embedded database', () => {
    expect(sentenceOf(from('embedded'))).toBe('orders → orders.csv')
    expect(sentenceOf(from('prod'))).toBe('orders on prod → orders.csv')
  })

  it('knows its saved connection, and that there may be none', () => {
    expect(savedNameOf(from('prod'))).toBe('prod')
    expect(savedNameOf(from('embedded'))).toBe('embedded')
    const given = { protocol: 'http', host: 'h', port: 8123, database: 'd', user: 'u' } as const
    expect(savedNameOf(from(given))).toBe('embedded')
  })
})
