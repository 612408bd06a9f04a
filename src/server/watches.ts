import type { Access, OpenSession, Principal } from '../access/index.ts'

interface Watched {
  user: string
  sessionId: string | null
  token: string | undefined
  end: () => void
}

const everyMs = 60_000

/** Ends what stays open when those it was opened by may no more. */
export class Watches implements Disposable {
  readonly #access: Access
  readonly #open = new Set<Watched>()
  readonly #timer: NodeJS.Timeout

  constructor(access: Access) {
    this.#access = access
    this.#timer = setInterval(() => void this.check(), everyMs).unref()
  }

  /** The result ends the watch. */
  add({ user, sessionId }: Principal, token: string | undefined, end: () => void): () => void {
    const watched = { user, sessionId, token, end }
    this.#open.add(watched)
    return () => this.#open.delete(watched)
  }

  /** How many things of a user are open. */
  countOf({ user }: Principal): number {
    return [...this.#open].filter((watched) => watched.user === user).length
  }

  /** A session has a new token, so what it opened may outlive the one before. */
  renew({ principal, accessToken }: OpenSession): void {
    for (const watched of this.#open)
      if (watched.sessionId === principal.sessionId) watched.token = accessToken
  }

  /** To be called when a session, a user or a token has ended. */
  async check(): Promise<void> {
    await Promise.all(
      [...this.#open].map(async (watched) => {
        const isLive = await this.#access.authenticate(watched.token).then(
          () => true,
          () => false,
        )
        if (!isLive && this.#open.delete(watched)) watched.end()
      }),
    )
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
