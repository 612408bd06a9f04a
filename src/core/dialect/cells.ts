/** What a single value looks like. It serves sniffing only; types are inferred elsewhere, from the whole file. */
export type Look =
  | 'empty'
  | 'number'
  | 'date'
  | 'time'
  | 'datetime'
  | 'bool'
  | 'uuid'
  | 'ip'
  | 'url'
  | 'path'
  | 'email'
  | 'phone'
  | 'iban'
  | 'point'
  | 'json'
  | 'text'

const number =
  /^[+-]?(?:\d+|\d{1,3}(?:[ .,'_\u00a0\u202f]\d{3})+)?(?:[.,]\d+|(?<=\d)[.,]?)(?:[eE][+-]?\d{1,3})?$/u
const months = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}'
const day = [
  String.raw`\d{4}([-/.])\d{1,2}\1\d{1,2}`,
  String.raw`\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})`,
  String.raw`\d{1,2}[ -]${months}\.?[ -]\d{2,4}`,
  String.raw`${months} \d{1,2},? \d{4}`,
].join('|')
const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]m)?`
const zone = String.raw`(?: ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?`

const date = new RegExp(`^(?:${day})$`, 'iu')
const time = new RegExp(`^${clock}${zone}$`, 'iu')
const datetime = new RegExp(`^(?:${day})[T ]${clock}${zone}$`, 'iu')
const uuid = /^\{?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\}?$/iu
const ip4 = /^(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?$/u
const ip6 = /^(?=.*:.*:)[\da-f:]{3,39}(?:\/\d{1,3})?$/iu
const url = /^(?:https?|ftp|s3|file):\/\/[^\s"<>]+$/iu
/** From the root, a drive or the folder itself, through one folder at least. */
const path = /^(?:[A-Za-z]:\\|~?\/|\.{1,2}\/)[^/\\\s:;,|"<>]+[/\\][^\s:;,|"<>]*$/u
const email = /^[\w.+%-]+@[\w-]+(?:\.[\w-]+)+$/u
const phone =
  /^(?:\+\d{1,3}[ .-]?(?:\(\d{1,5}\)|\d{1,5})|\(\d{1,5}\)|\d{2,4}(?=-\d{3,4}-\d{4}$))(?:[ ./-]?\d{2,8}){1,4}$/u
const iban = /^[A-Z]{2}\d{2}(?: ?[\dA-Z]{4}){2,7}(?: ?[\dA-Z]{1,4})?$/u
const point = /^[([][+-]?\d{1,3}\.\d+[,;] ?[+-]?\d{1,3}\.\d+[)\]]$/u
const json = /^(?:\{.*\}|\[.*\])$/su
const empties = new Set([
  '',
  '\\N',
  'NULL',
  'null',
  'Null',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  'NaN',
  'nan',
  'None',
  '-',
  '?',
])
const bools = new Set([
  'true',
  'false',
  'True',
  'False',
  'TRUE',
  'FALSE',
  'yes',
  'no',
  'Yes',
  'No',
  'YES',
  'NO',
])

const longest = 80

export function lookOf(raw: string): Look {
  const cell = raw.length > longest ? raw : raw.trim()
  if (empties.has(cell)) return 'empty'
  if (isJson(cell)) return 'json'
  if (cell.length > longest) return /^https?:\/\/\S+$/iu.test(cell.slice(0, 2000)) ? 'url' : 'text'
  if (bools.has(cell)) return 'bool'
  return lookOfDigits(cell) ?? lookOfLetters(cell)
}

function lookOfDigits(cell: string): Look | null {
  if (!/\d/u.test(cell)) return null
  if (number.test(cell) || isMarkedNumber(cell)) return 'number'
  if (ip4.test(cell)) return 'ip'
  if (date.test(cell)) return 'date'
  if (phone.test(cell)) return 'phone'
  if (iban.test(cell)) return 'iban'
  if (point.test(cell)) return 'point'
  if (!cell.includes(':')) return null
  if (time.test(cell)) return 'time'
  return datetime.test(cell) ? 'datetime' : null
}

/** Only what is worth the try is parsed. */
function isJson(cell: string): boolean {
  const first = cell.charCodeAt(0)
  if ((first !== 0x7b && first !== 0x5b) || cell.length > 2000 || !json.test(cell)) return false
  try {
    return typeof JSON.parse(cell) === 'object'
  } catch {
    return false
  }
}

function lookOfLetters(cell: string): Look {
  if (path.test(cell)) return 'path'
  if (cell.includes('@') && email.test(cell)) return 'email'
  if (cell.includes('://') && url.test(cell)) return 'url'
  if (cell.includes(':') && ip6.test(cell)) return 'ip'
  if (cell.length >= 36 && uuid.test(cell)) return 'uuid'
  return 'text'
}

/** `12,5 %`, `$1,200.00`, `-3 €`, `(4.50)`: a number with one mark before or after it. */
function isMarkedNumber(cell: string): boolean {
  const bare = cell.replace(/^\((.+)\)$|^([+-]?)[$€£¥] ?|\s?[%€$£¥]$/gu, '$1$2')
  return bare !== cell && number.test(bare)
}

const structures: Partial<Record<Look, number>> = {
  phone: 1,
  iban: 1,
  point: 1,
  json: 1,
  url: 0.8,
  email: 0.8,
}

/** How sure it is that a line which looks so is a column by itself, because the look has signs of its own: 0…1. */
export function structureOf(look: Look): number {
  if (look === 'empty' || look === 'text' || look === 'number' || look === 'bool') return 0
  return structures[look] ?? 0.6
}

/** How much a value looks like one value, and not like several or a piece of one: 0…1. */
export function cellWorth(cell: string, quoted: boolean, look: Look): number {
  if (look === 'empty') return 0.8
  if (look !== 'text') return 1
  if (quoted) return 0.9
  const inside = wrapped(cell)
  if (inside !== null) return cellWorth(inside, true, lookOf(inside)) * 0.9
  // Inches, and the sign itself in a list of words.
  if (/^(?:\d[\d./ ]*)?"$/u.test(cell)) return 0.8
  if (holdsSeparator(cell)) return 0.1
  if (isPiece(cell) || repeatsSign(cell)) return 0.3
  return cell.includes(',') ? 0.5 : 0.9
}

function holdsSeparator(cell: string): boolean {
  return /[";|\t^~]/u.test(cell) || cell.includes('\u0001') || cell.includes('\u001f')
}

/** `a!b!c`: several values, most likely. */
function repeatsSign(cell: string): boolean {
  return /([!@#=&*§¦:$%+])[^!@#=&*§¦:$%+]*\1/u.test(cell)
}

/** A bracket without its partner, or a quote at one end only: a value that was cut. */
function isPiece(cell: string): boolean {
  const text = cell.trim()
  if (/^['`]/u.test(text) !== /['`]$/u.test(text)) return true
  if (!/[()[\]{}]/u.test(text)) return false
  let depth = 0
  for (const letter of text) {
    if (letter === '(' || letter === '[' || letter === '{') depth++
    else if (letter === ')' || letter === ']' || letter === '}') depth--
    if (depth < 0) return true
  }
  return depth !== 0
}

/** The text between `"` where quotes have no meaning to the layout, or null. */
export function wrapped(cell: string): string | null {
  return cell.length >= 2 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1) : null
}
