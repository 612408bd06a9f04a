import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Found {
  /** In the folder. */
  name: string
  content: Buffer
}

/** The files below a folder. What a server that still runs removes meanwhile is left out. */
export function filesBelow(folder: string, inside = ''): Found[] {
  const entries = ifThere(() => readdirSync(join(folder, inside), { withFileTypes: true })) ?? []
  return entries.flatMap((entry) => {
    const name = join(inside, entry.name)
    if (entry.isDirectory()) return filesBelow(folder, name)
    const content = entry.isFile() ? ifThere(() => readFileSync(join(folder, name))) : undefined
    return content ? [{ name, content }] : []
  })
}

function ifThere<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The files below a folder that hold one of the texts, byte for byte. */
export function filesHolding(folder: string, texts: readonly string[]): string[] {
  const holding = filesBelow(folder).filter(({ content }) => texts.some((text) => content.includes(text)))
  return holding.map(({ name }) => name)
}

/** One that is like no other. */
export const newSecret = (what: string): string => `${what}-${randomBytes(24).toString('base64url')}`

/** Secrets that have been given to a program, and may be found nowhere, however they are spelt. */
export class Planted {
  readonly #forms = new Map<string, Buffer[]>()
  readonly #allowed: { what: string; where: RegExp }[] = []

  /** @param where the only places where it may be */
  plant<Secret extends string | Buffer>(what: string, secret: Secret, where?: RegExp): Secret {
    if (secret.length < 12) throw new Error(`${what} is too short to be found for certain`)
    this.#forms.set(what, [...new Set(partsOf(secret).flatMap(formsOf))].map(fromLatin1))
    if (where) this.#allowed.push({ what, where })
    return secret
  }

  /** A new secret of its own. */
  make(what: string): string {
    return this.plant(what, newSecret('planted'))
  }

  get count(): number {
    return this.#forms.size
  }

  /** What is found at a place where it may not be. */
  findIn(where: string, bytes: Buffer): string[] {
    return [...this.#forms].flatMap(([what, forms]) => {
      const isAllowed = this.#allowed.some((one) => one.what === what && one.where.test(where))
      return !isAllowed && forms.some((form) => bytes.includes(form)) ? [`${what} in ${where}`] : []
    })
  }
}

const fromLatin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Of PEM each line, of a JWT also its signature: either is enough to know it by. */
function partsOf(secret: string | Buffer): Buffer[] {
  if (typeof secret !== 'string') return [secret]
  const lines = secret.split('\n').filter((line) => /^[\w+/=]{40,}$/.test(line))
  if (secret.startsWith('-----BEGIN'))
    return lines.flatMap((line) => [Buffer.from(line), Buffer.from(line, 'base64')])
  const [, , signature] = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret) ? secret.split('.') : []
  return [secret, ...(signature === undefined ? [] : [signature])].map((part) => Buffer.from(part))
}

/** The bytes as they are, and as they may be written in text; each as Latin-1. */
function formsOf(secret: Buffer): string[] {
  const text = secret.toString('utf8')
  const percent = encodeURIComponent(text)
  const strict = percent.replaceAll(
    /[-_.!~*'()]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const percents = [percent, strict].flatMap((form) => [form, form.replaceAll('%20', '+')])
  const written = [JSON.stringify(text).slice(1, -1), ...percents]
  const base64 = [0, 1, 2].map((before) => inBase64(secret, before))
  const hex = secret.toString('hex')
  return [
    secret.toString('latin1'),
    ...written.map((form) => Buffer.from(form).toString('latin1')),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    ...[hex, hex.toUpperCase()],
  ]
}

/** As it stands in a longer text that has so many bytes before it (modulo 3), without what its neighbours take part in. */
function inBase64(secret: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), secret])
  const known = Math.floor((whole.length * 8) / 6)
  return whole.toString('base64').slice(Math.ceil((before * 8) / 6), known)
}
