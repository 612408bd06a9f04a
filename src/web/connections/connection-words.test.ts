import { describe, expect, it } from 'vitest'
import type { SavedConnection } from '../../shared/index.ts'
import { rightsText, signInText, takesToken } from './connection-words.ts'

const connection = {
  protocol: 'https',
  host: 'db.example.com',
  port: 8443,
  database: 'main',
  user: 'ada',
} as const
const saved: SavedConnection = {
  name: 'prod',
  connection,
  secrets: ['password', 'ca'],
  areSecretsTemporary: false,
  tokenExpiresAt: null,
}
const tokenSource = { issuer: 'https://id.example.com/realms/a', clientId: 'flathouse' }
const byService: SavedConnection = {
  ...saved,
  connection: { ...connection, tokenSource },
  secrets: ['clientSecret'],
}

describe('rights in words', () => {
  it.each([
    [{ read: true, insert: true, createTable: true }, 'reads, inserts, creates tables'],
    [{ read: true, insert: false, createTable: false }, 'reads; may not insert or create tables'],
    [
      { read: true, insert: true, createTable: null },
      'reads, inserts; not known whether it may create tables',
    ],
    [
      { read: false, insert: null, createTable: null },
      'may not read; not known whether it may insert or create tables',
    ],
  ])('%j', (rights, words) => {
    expect(rightsText(rights)).toBe(words)
  })
})

describe('a saved connection', () => {
  it('says who signs in and by what', () => {
    expect(signInText(saved)).toBe('user ada, by password, CA certificate')
    expect(signInText({ ...saved, secrets: [] })).toBe('user ada, no password or token kept')
    expect(signInText(byService)).toBe('user ada, by tokens of id.example.com (client secret)')
  })

  it('takes a token where it has one, or nothing else to sign in by', () => {
    expect(takesToken({ ...saved, secrets: ['token', 'ca'] })).toBe(true)
    expect(takesToken({ ...saved, secrets: [] })).toBe(true)
    expect(takesToken(saved)).toBe(false)
    expect(takesToken({ ...byService, secrets: [] })).toBe(false)
    expect(takesToken({ ...saved, connection: null, secrets: [] })).toBe(false)
  })
})
