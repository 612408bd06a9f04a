export type Language = 'sql' | 'yaml' | 'shell' | 'text'
type Kind = 'plain' | 'keyword' | 'string' | 'number' | 'comment'
type Piece = readonly [Kind, string]

const sqlWords =
  'ALTER|AND|ANTI|ANY|AS|ASC|ASOF|BETWEEN|BY|CASE|CAST|COMMENT|CREATE|CROSS|DATABASE|DESC|DISTINCT|DROP|ELSE|END|ENGINE|EXCHANGE|EXISTS|FORMAT|FROM|FULL|FUNCTION|GLOBAL|GROUP|HAVING|IF|IN|INNER|INSERT|INTO|IS|JOIN|LEFT|LIKE|LIMIT|MOVE|NOT|NULL|OFFSET|ON|OR|ORDER|PARTITION|RENAME|RIGHT|SELECT|SEMI|SETTINGS|TABLE|THEN|TO|UNION|USING|VALUES|WHEN|WHERE|WITH'

/** One alternative a kind; text between matches is plain. Light: it colours, it does not parse. */
const patterns: Record<Exclude<Language, 'text'>, { at: RegExp; kinds: readonly Kind[] }> = {
  sql: {
    at: new RegExp(
      `(--[^\\n]*|/\\*[^]*?\\*/)|('(?:[^'\\\\]|\\\\.|'')*'?)|(\`(?:[^\`\\\\]|\\\\.)*\`|"(?:[^"\\\\]|\\\\.)*")|(\\b\\d+(?:\\.\\d+)?\\b)|(\\b(?:${sqlWords})\\b)`,
      'gi',
    ),
    kinds: ['comment', 'string', 'plain', 'number', 'keyword'],
  },
  yaml: {
    at: /(#[^\n]*)|('(?:[^']|'')*'|"(?:[^"\\]|\\.)*")|(\b\d+(?:\.\d+)?\b(?=\s*$))|((?<=^[\s-]*)[\w.-]+(?=:(?:\s|$)))/gm,
    kinds: ['comment', 'string', 'number', 'keyword'],
  },
  shell: {
    at: /('[^']*'|"(?:[^"\\]|\\.)*")|((?<=\s)--?[\w-]+)/g,
    kinds: ['string', 'keyword'],
  },
}

/** Texts longer than this are left plain: nobody reads colours in them and spans cost memory. */
const longest = 50_000

export function highlight(code: string, language: Language): Piece[] {
  if (language === 'text' || code.length > longest) return [['plain', code]]
  const { at, kinds } = patterns[language]
  const pieces: Piece[] = []
  let end = 0
  for (const match of code.matchAll(at)) {
    if (match.index > end) pieces.push(['plain', code.slice(end, match.index)])
    const group = match.slice(1).findIndex(Boolean)
    pieces.push([kinds[group] ?? 'plain', match[0]])
    end = match.index + match[0].length
  }
  if (end < code.length) pieces.push(['plain', code.slice(end)])
  return pieces
}
