import { lookOf } from './cells.ts'

/** Words that people put into column names and seldom alone into cells. A hint, never a condition. */
const vocabulary = new Set(
  (
    'id uuid key code nr no number index name firstname lastname surname username title label text word description ' +
    'note notes comment message date time timestamp datetime created updated year month day week hour start end ' +
    'city town country state region county province address street zip zipcode postcode lat lon lng latitude ' +
    'longitude location place email mail phone mobile url link website user customer client company department ' +
    'team role job gender sex age type kind category group class status level priority product item sku brand model ' +
    'color colour size unit price cost amount total sum quantity qty value rate percent count score rank currency ' +
    'source target version language lang tag tags file path size author publisher ' +
    'nom prenom ville pays prix quantite adresse stadt ort land preis menge datum vorname nachname strasse plz ' +
    'nombre apellido ciudad pais precio cantidad fecha nome cognome cidade preco imie nazwisko miasto имя город ' +
    'дата цена 名前 名称 姓名 城市 日期 価格 价格 数量'
  ).split(' '),
)

/** A text that could name a column: short, begins with a letter, no sentence. */
export function isNameLike(cell: string): boolean {
  const text = cell.trim()
  if (text === '' || text.length > 64 || /[\r\n]|[.!?]$/u.test(text)) return false
  if (!/^[\p{L}_#%$@[(]/u.test(text) || text.split(/\s+/u).length > 6) return false
  return lookOf(text) === 'text'
}

/** 0…1: `city` 0.6, `birth_date` or `unitPrice` 0.7, `New York City` 0.2. */
export function nameVocabulary(name: string): number {
  const joined = /^\p{L}[\p{L}\d]*(?:_[\p{L}\d]+)+$|^\p{Ll}+(?:\p{Lu}\p{Ll}+)+$/u.test(name)
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== '')
  const known = words.filter((word) => vocabulary.has(word)).length
  if (known === 0) return joined ? 0.3 : 0
  if (joined) return 0.7
  return words.length === 1 ? 0.6 : known === words.length ? 0.5 : 0.2
}

export function letterCase(text: string): 'lower' | 'upper' | 'title' | 'mixed' | 'none' {
  const letters = text.replace(/[^\p{Lu}\p{Ll}]/gu, '')
  if (letters === '') return 'none'
  if (letters === letters.toLowerCase()) return 'lower'
  if (letters === letters.toUpperCase()) return 'upper'
  return /^\P{L}*\p{Lu}/u.test(text) ? 'title' : 'mixed'
}
