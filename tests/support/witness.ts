import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { ask, type Answer, type Request } from './api.ts'
import { House, type CliOptions, type RunningCli } from './cli.ts'
import { filesBelow, type Planted } from './planted.ts'
import { Visitor } from './visitor.ts'

/** Remembers all that was said. */
export class Witness {
  readonly #heard: { where: string; text: string }[] = []

  hear(where: string, text: string): void {
    this.#heard.push({ where, text })
  }

  /** All that a browser's scripts could read of an answer. */
  hearAnswer({ method = 'GET', path }: Request, { status, headers, text }: Answer): Answer {
    const readable = JSON.stringify({ ...headers, 'set-cookie': undefined })
    this.hear(`${status} ${method} ${path}`, `${readable}\n${text}`)
    return { status, headers, text }
  }

  async ask(url: string, request: Request): Promise<Answer> {
    return this.hearAnswer(request, await ask(url, request))
  }

  /** What was heard at places whose name matches. */
  at(where: RegExp): string[] {
    return this.#heard.flatMap((heard) => (where.test(heard.where) ? [heard.text] : []))
  }

  find(planted: Planted): string[] {
    return this.#heard.flatMap(({ where, text }) => planted.findIn(where, Buffer.from(text)))
  }
}

/** A browser whose answers are remembered. */
export class WitnessedVisitor extends Visitor {
  readonly #witness: Witness

  constructor(url: string, witness: Witness) {
    super(url)
    this.#witness = witness
  }

  override async ask(request: Request): Promise<Answer> {
    return this.#witness.hearAnswer(request, await super.ask(request))
  }
}

/** Columns of the state by their tables: sealed, or a hash. */
const kept = {
  connections: 'secrets',
  users: 'password_hash',
  sessions: 'refresh_hash',
  api_tokens: 'hash',
  login_codes: 'hash',
  signing_keys: 'private_key',
}

/** A house in which all that programs print is remembered. */
export class WitnessedHouse extends House {
  readonly #witness: Witness
  readonly #env: Record<string, string>
  readonly #ended: Promise<unknown>[] = []

  constructor(witness: Witness, env: Record<string, string>) {
    super()
    this.#witness = witness
    this.#env = env
  }

  override start(args: string[], options: CliOptions = {}): RunningCli {
    const running = super.start(args, { ...options, env: { ...this.#env, ...options.env } })
    const hear = running.answer.then(({ stdout, stderr }) => {
      this.#witness.hear(`stdout of ${args.join(' ')}`, stdout)
      this.#witness.hear(`stderr of ${args.join(' ')}`, stderr)
    })
    this.#ended.push(hear)
    return running
  }

  /** What stands in the state in place of secrets, and what the embedded server that runs is told. */
  plantKept(planted: Planted): void {
    using stack = new DisposableStack()
    const options = { readonly: true }
    const state = stack.adopt(new Database(join(this.data, 'state.sqlite'), options), (open) => open.close())
    for (const [table, column] of Object.entries(kept)) {
      const sql = `SELECT ${column} FROM ${table} WHERE ${column} IS NOT NULL`
      for (const text of state.prepare<[], string>(sql).pluck().all())
        planted.plant(`${column} of ${table} ${text}`, text, /^data\/state\.sqlite/)
    }
    const runtime = readFileSync(join(this.data, 'embedded', 'runtime.json'), 'utf8')
    const { password, pid } = JSON.parse(runtime) as { password: string; pid: number }
    const where = /^data\/embedded\/(runtime\.json|config\.xml)$/
    planted.plant(`the embedded server’s password of ${pid}`, password, where)
    for (const path of [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`])
      if (existsSync(path)) this.#witness.hear(path, readFileSync(path, 'utf8'))
  }

  /** All programs have ended, and what they printed is known. */
  async silence(): Promise<void> {
    await Promise.all(this.#ended)
  }

  find(planted: Planted): string[] {
    return filesBelow(this.dir).flatMap(({ name, content }) => planted.findIn(name, content))
  }
}
