import { describe, expect, it } from 'vitest'
import type { Connection, SavedConnection } from '../../shared/index.ts'
import {
  connectionOf,
  emptyForm,
  fieldOf,
  formOf,
  mayKeepSecrets,
  missingIn,
  nameOf,
  secretsOf,
  isRemembered,
  withHost,
  withKept,
  withProtocol,
  withSignIn,
} from './form.ts'
import { readToken } from './jwt.ts'

const base = { ...emptyForm, host: 'ch.example.com' }
const service = {
  signIn: 'service',
  issuer: 'https://id.example.com',
  clientId: 'flathouse',
} as const

const savedWith = (connection: Connection, secrets: SavedConnection['secrets']): SavedConnection => ({
  name: 'prod',
  connection,
  secrets,
  areSecretsTemporary: false,
  tokenExpiresAt: null,
})

describe('a connection that is typed', () => {
  it('takes a whole address that is pasted as the host', () => {
    const form = withHost(emptyForm, 'https://anna:p%40ss@db.example.com:9443/sales')
    expect(connectionOf(form)).toEqual({
      protocol: 'https',
      host: 'db.example.com',
      port: 9443,
      database: 'sales',
      user: 'anna',
    })
    expect(secretsOf(form)).toEqual({ password: 'p@ss' })
    expect(connectionOf(withHost(emptyForm, 'http://[::1]/'))).toMatchObject({ host: '::1', port: 8123 })
  })

  it('lets the usual port follow the protocol, and no other', () => {
    expect(withProtocol(base, 'https').port).toBe(8443)
    expect(withProtocol({ ...base, port: 9000 }, 'https').port).toBe(9000)
    expect(withHost(emptyForm, 'x.clickhouse.cloud')).toMatchObject({ protocol: 'https', port: 8443 })
    expect(withSignIn(base, 'certificate').protocol).toBe('https')
  })

  it('sends only the secrets of the chosen way to sign in', () => {
    const filled = { ...base, password: 'p', token: ' a.b.c\n', ca: 'CA', cert: 'C', key: 'K' }
    expect(secretsOf(filled)).toEqual({ password: 'p' })
    expect(secretsOf({ ...filled, signIn: 'token', protocol: 'https' })).toEqual({ token: 'a.b.c', ca: 'CA' })
    expect(secretsOf({ ...filled, signIn: 'certificate' })).toEqual({ cert: 'C', key: 'K' })
    expect(secretsOf({ ...filled, keepsSecrets: true })).toBeUndefined()
  })

  it('names itself after its host, and says when the name is taken', () => {
    expect(nameOf(base)).toBe('ch.example.com')
    expect(nameOf({ ...base, host: '::1' })).toBe('1')
    expect(missingIn(base, ['ch.example.com']).name).toMatch(/already/)
    expect(missingIn({ ...base, name: 'prod' }, ['ch.example.com'])).toEqual({})
    expect(Object.keys(missingIn({ ...emptyForm, signIn: 'token', port: null }, []))).toEqual([
      'host',
      'port',
      'token',
    ])
  })

  it('keeps saved secrets unless they are given again', () => {
    const connection = connectionOf(base)
    const saved = savedWith(connection, ['token', 'ca'])
    const form = formOf(saved)
    expect(form).toMatchObject({ signIn: 'token', keepsSecrets: true, name: 'prod' })
    expect(formOf({ ...saved, secrets: [] }).keepsSecrets).toBe(false)
    expect(mayKeepSecrets({ ...form, database: 'other' }, saved)).toBe(true)
    expect(mayKeepSecrets({ ...form, user: 'other' }, saved)).toBe(false)
    expect(mayKeepSecrets(form, undefined)).toBe(false)
  })

  it('keeps the secret of a client for its token service only', () => {
    const connection = connectionOf({ ...base, ...service, issuer: ' https://id.example.com/ ' })
    expect(connection.tokenSource).toEqual({ issuer: 'https://id.example.com/', clientId: 'flathouse' })
    const saved = savedWith(connection, ['clientSecret'])
    const form = formOf(saved)
    expect(form).toMatchObject({ signIn: 'service', clientId: 'flathouse', keepsSecrets: true })
    expect(mayKeepSecrets({ ...form, scope: 'clickhouse' }, saved)).toBe(true)
    expect(mayKeepSecrets({ ...form, issuer: 'https://other.example.com' }, saved)).toBe(false)
    const byPassword = withSignIn(withKept(form, false, saved), 'password')
    expect(connectionOf(byPassword).tokenSource).toBeUndefined()
    expect(connectionOf(withKept(byPassword, true, saved))).toEqual(connection)
  })

  it('asks for the parts of a token service', () => {
    const form = { ...base, signIn: 'service' as const, issuer: 'id.example.com' }
    expect(Object.keys(missingIn(form, []))).toEqual(['issuer', 'clientId', 'clientSecret'])
    expect(missingIn({ ...base, ...service, clientSecret: 's' }, [])).toEqual({})
    expect(secretsOf({ ...base, ...service, clientSecret: 's', password: 'p' })).toEqual({
      clientSecret: 's',
    })
  })

  it('writes down what is to last, and a pasted token only when asked', () => {
    expect(isRemembered(base)).toBe(true)
    expect(isRemembered(withSignIn(base, 'token'))).toBe(false)
    expect(isRemembered({ ...withSignIn(base, 'token'), remembers: true })).toBe(true)
    expect(isRemembered({ ...base, remembers: false })).toBe(false)
  })

  it('has timeouts and settings when they are given', () => {
    const settings = [
      { name: ' max_threads', value: '4' },
      { name: '', value: '' },
    ]
    const form = { ...base, connectTimeout: 3, settings }
    expect(missingIn(form, [])).toEqual({})
    expect(connectionOf(form)).toMatchObject({ connectTimeout: 3, settings: { max_threads: '4' } })
    expect(Object.keys(connectionOf(base))).toEqual(['protocol', 'host', 'port', 'database', 'user'])
    expect(formOf(savedWith(connectionOf(form), [])).settings).toEqual([{ name: 'max_threads', value: '4' }])
    const wrong = [{ name: 'a-b', value: '1' }, ...settings, { name: 'max_threads', value: '' }]
    expect(missingIn({ ...base, requestTimeout: 0, settings: wrong }, [])).toEqual({
      requestTimeout: expect.stringContaining('86400') as string,
      'setting 0': expect.stringContaining('letters') as string,
      'setting 3': expect.stringContaining('already') as string,
    })
  })

  it('shows a refused login where it was typed', () => {
    expect(fieldOf('AUTH_FAILED', base)).toBe('password')
    expect(fieldOf('AUTH_FAILED', { ...base, signIn: 'token' })).toBe('token')
    expect(fieldOf('AUTH_FAILED', { ...base, keepsSecrets: true })).toBeUndefined()
    expect(fieldOf('HOST_NOT_FOUND', { ...base, keepsSecrets: true })).toBe('host')
    expect(fieldOf('SERVER_TOO_OLD', base)).toBeUndefined()
  })
})

describe('a pasted token', () => {
  const part = (value: object) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
  const token = (claims: object) => `${part({ alg: 'RS256' })}.${part(claims)}.sig`

  it('says who issued it, for whom, and how long it holds', () => {
    const claims = { iss: 'https://login.example.com', sub: 'Åsa', exp: 1000 }
    expect(readToken(token(claims), 940_000)).toEqual({
      issuer: 'https://login.example.com',
      subject: 'Åsa',
      leftMs: 60_000,
    })
    expect(readToken(token({}), 0)?.leftMs).toBeUndefined()
  })

  it.each(['', 'abc', 'a.b', 'a.b.c', '{}.{}.{}'])('%j is none', (text) => {
    expect(readToken(text, 0)).toBeNull()
  })
})
