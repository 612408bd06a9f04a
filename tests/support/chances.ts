/**
 * Seeds for a test that strikes by chance, each with its source of numbers from 0 to 1: one that is always the same, or
 * as the environment variable says.
 */
export function chances(variable: string, usual: number): [seed: number, random: () => number][] {
  const seed = Number(process.env[variable] ?? usual)
  return [[seed, randomFrom(seed)]]
}

/** A generator of 32 bits of state (xorshift), which is enough to spread faults. */
export function randomFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
}
