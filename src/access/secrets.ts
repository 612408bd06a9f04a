import { createHash, randomBytes } from 'node:crypto'

export type Clock = () => Date

/** 256 bits, so that a plain hash of it is enough: nobody guesses it. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

export const later = (now: Date, seconds: number): Date => new Date(now.getTime() + seconds * 1000)
