import { analyse } from 'chardet'
import { legacyEncodings, type LegacyEncoding } from '../../shared/index.ts'
import { alphabets, type Script } from './alphabets.ts'

// The pure projects have neither DOM nor Node types; every place this runs in has a TextDecoder.
declare const TextDecoder: new (
  label: string,
  options?: { fatal?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string }

export interface Guess {
  encoding: LegacyEncoding
  /** 0…1 */
  confidence: number
}

const scripts: Partial<Record<LegacyEncoding, { script: Script; prior: number }>> = {
  'windows-1252': { script: 'western', prior: 0.1 },
  'iso-8859-15': { script: 'western', prior: 0.05 },
  macintosh: { script: 'western', prior: -0.1 },
  'windows-1250': { script: 'central', prior: 0.05 },
  'iso-8859-2': { script: 'central', prior: 0 },
  'windows-1257': { script: 'baltic', prior: -0.05 },
  'windows-1254': { script: 'turkish', prior: 0 },
  'windows-1251': { script: 'cyrillic', prior: 0.08 },
  'iso-8859-5': { script: 'cyrillic', prior: 0 },
  'koi8-r': { script: 'cyrillic', prior: 0 },
  ibm866: { script: 'cyrillic', prior: -0.05 },
  'windows-1253': { script: 'greek', prior: 0.04 },
  'iso-8859-7': { script: 'greek', prior: 0 },
}

/** First bytes (from, to) of the characters that are most used, and the least second byte. */
const usualPairs: Partial<Record<LegacyEncoding, { leads: [number, number][]; trail: number }>> = {
  shift_jis: {
    leads: [
      [0x81, 0x84],
      [0x88, 0x98],
    ],
    trail: 0x40,
  },
  'euc-jp': {
    leads: [
      [0xa1, 0xa5],
      [0xb0, 0xcf],
    ],
    trail: 0xa1,
  },
  gb18030: {
    leads: [
      [0xa1, 0xa3],
      [0xb0, 0xd7],
    ],
    trail: 0xa1,
  },
  big5: { leads: [[0xa1, 0xc6]], trail: 0x40 },
  'euc-kr': {
    leads: [
      [0xa1, 0xa3],
      [0xb0, 0xc8],
    ],
    trail: 0xa1,
  },
}

const enough = 6_000

/** Which of the old encodings the bytes are in, when they are not UTF-8. */
export function guessEncoding(bytes: Uint8Array): Guess {
  const sample = telling(bytes)
  const trained = new Map<string, number>(
    analyse(sample).map(({ name, confidence }) => [name.toLowerCase(), confidence / 100]),
  )
  const ranked = legacyEncodings
    .map((encoding) => ({ encoding, score: plausibility(encoding, sample, trained) }))
    .sort((a, b) => b.score - a.score)
  const [best, next] = ranked
  if (best === undefined) return { encoding: 'windows-1252', confidence: 0 }
  const lead = best.score - (next?.score ?? 0)
  return { encoding: best.encoding, confidence: Math.max(0, Math.min(1, best.score * 0.7 + lead)) }
}

/** The lines that hold something other than ASCII: the rest says nothing. */
function telling(bytes: Uint8Array): Uint8Array {
  const kept: number[] = []
  let start = 0
  let tells = false
  for (let i = 0; i < bytes.length && kept.length < enough; i++) {
    const byte = bytes[i] ?? 0
    tells ||= byte > 0x7f
    if (byte !== 10 && i - start < 2_000) continue
    if (tells) for (let j = start; j <= i; j++) kept.push(bytes[j] ?? 0)
    start = i + 1
    tells = false
  }
  if (tells && kept.length < enough) kept.push(...bytes.subarray(start, start + 2_000))
  return Uint8Array.from(kept)
}

/** Names under which the trained detector knows our encodings, where they differ. */
const alias: Partial<Record<LegacyEncoding, string>> = {
  'windows-1252': 'iso-8859-1',
  'windows-1253': 'iso-8859-7',
  'windows-1254': 'iso-8859-9',
}

function plausibility(encoding: LegacyEncoding, bytes: Uint8Array, trained: Map<string, number>): number {
  const heard = Math.max(trained.get(encoding) ?? 0, trained.get(alias[encoding] ?? '') ?? 0)
  const pairs = usualPairs[encoding]
  if (pairs !== undefined) {
    if (!isValid(encoding, bytes)) return 0
    // Japanese has kana, whose first bytes are these two.
    const hasKana = bytes.includes(0xa4) || bytes.includes(0xa5)
    const usual = usualShare(bytes, pairs)
    // Its syllables have fewer first bytes than Chinese characters: that all are among them is soon no chance.
    const few =
      encoding === 'euc-kr' && usual === 1 ? Math.max(0, Math.min(0.3, 0.02 * (highBytes(bytes) - 8))) : 0
    return 0.65 * usual + 0.45 * heard + few - (encoding === 'euc-jp' && !hasKana ? 0.2 : 0)
  }
  const known = scripts[encoding]
  if (known === undefined) return 0
  const text = new TextDecoder(encoding).decode(bytes)
  // Of a few letters training says nothing.
  const high = highBytes(bytes)
  const trust = Math.min(1, high / 60)
  return spelling(text, known.script) * 0.9 + known.prior * (1 + 4 / Math.max(1, high)) + 0.3 * heard * trust
}

const highBytes = (bytes: Uint8Array): number => bytes.filter((byte) => byte > 0x7f).length

function isValid(encoding: LegacyEncoding, bytes: Uint8Array): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function usualShare(
  bytes: Uint8Array,
  { leads, trail }: { leads: [number, number][]; trail: number },
): number {
  let usual = 0
  let all = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x80) continue
    all++
    const next = bytes[i + 1] ?? 0
    if (next >= trail && leads.some(([from, to]) => byte >= from && byte <= to)) usual++
    i++
  }
  return all === 0 ? 0 : usual / all
}

/** How much the text's letters outside ASCII read like one of the script's languages: 0…1. */
function spelling(text: string, script: Script): number {
  const foreign = text.match(/[^\0-\x7f]/gu) ?? []
  if (foreign.length === 0) return 0
  const letters = foreign
    .filter((letter) => /(?![µªº])\p{L}/u.test(letter))
    .map((letter) => letter.toLowerCase())
  const languages = alphabets[script]
  const fit = (alphabet: string): number =>
    letters.filter((letter) => alphabet.includes(letter)).length / Math.max(1, letters.length)
  // Names of several countries stand in one file, but neither Russian and Ukrainian ones nor Icelandic ones.
  const mixed =
    script === 'cyrillic' ? 0 : fit(languages.filter((alphabet) => !alphabet.includes('þ')).join('')) * 0.87
  const best = Math.max(
    ...languages.map((alphabet) => fit(alphabet) * (alphabet.includes('þ') ? 0.93 : 1)),
    mixed,
  )
  const flaws = count(text, oddities)
  const signs = foreign.length - letters.length
  const calm = count(text, calmSigns)
  const worth = letters.length * best + Math.min(calm, signs) * 0.8
  // Hardly any text is all capitals, but many bytes of other encodings are taken for them.
  const small = letters.length === 0 ? 1 : count(foreign.join(''), /\p{Ll}/gu) / letters.length
  return Math.max(0, (worth - flaws) / foreign.length) * (small < 0.3 ? 0.7 : 1)
}

/**
 * A capital inside a word, a sign inside a word, a control character, letters of two scripts in one word, a letter that
 * is all there is before a number, a vowel of Portuguese that stands before another one there.
 */
const oddities =
  /\p{Ll}(?=\p{Lu})|(?<=\p{L})[^\p{L}\p{M}\p{N}\s\p{P}](?=\p{L})|(?<=\p{L})[¶¹²³ºª¿¡¸¨´¯]|[\u0080-\u009f\ufffd]|[a-z](?=[\u0370-\u052f])|[\u0370-\u052f](?=[a-zà-ÿ])|[\u2500-\u259f]|(?<![\p{L}\p{M}])(?![\0-\x7fµªº])\p{L}(?=\d)|õ(?!e)/gu
const calmSigns =
  /(?<![^\0-\x7f\u00a0])[–—“”„‘’«»…€£¥§•©®™№µ½±×¿¡](?![^\0-\x7f\u00a0])|\u00a0|(?<![^\0-\x7f\u00a0])°(?![^\0-\x7f\u00a0])|(?<=\w)[²³ºª°](?![^\0-\x7f\u00a0])/gu

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
