import { describe, expect, it } from 'vitest'
import {
  connectionOf,
  emptyForm,
  fieldOf,
  formOf,
  mayKeepSecrets,
  missingIn,
  nameOf,
  secretsOf,
  withHost,
  withProtocol,
  withSignIn,
} from './form.ts'
import { readToken } from './jwt.ts'

const base = { ...emptyForm, host: 'ch.example.com' }

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
    const form = formOf({ name: 'prod', connection, secrets: ['token', 'ca'] })
    expect(form).toMatchObject({ signIn: 'token', keepsSecrets: true, name: 'prod' })
    expect(formOf({ name: 'prod', connection, secrets: [] }).keepsSecrets).toBe(false)
    const saved = { name: 'prod', connection, secrets: ['token' as const] }
    expect(mayKeepSecrets({ ...form, database: 'other' }, saved)).toBe(true)
    expect(mayKeepSecrets({ ...form, user: 'other' }, saved)).toBe(false)
    expect(mayKeepSecrets(form, undefined)).toBe(false)
  })

  it('shows a refused login where it was typed', () => {
    expect(fieldOf('AUTH_FAILED', base)).toBe('password')
    expect(fieldOf('AUTH_FAILED', { ...base, signIn: 'token' })).toBe('token')
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
