import { emptyDraft, type Draft } from './draft.ts'

const longestAddress = 6000
const prefix = 'flathouse-draft-'

/**
 * The draft as a part of the page's address, so that reload, back and a link to a colleague work. It names connections
 * and never holds a secret. A very long one stays in this browser, under a key.
 */
export function encodeDraft(draft: Draft): string {
  const text = toBase64Url(JSON.stringify(draft))
  if (text.length <= longestAddress) return text
  const key = `~${hash(text)}`
  sessionStorage.setItem(prefix + key, text)
  return key
}

/** Anything that is not a draft of this version begins a new one. */
export function decodeDraft(text: string): Draft {
  try {
    const stored = text.startsWith('~') ? (sessionStorage.getItem(prefix + text) ?? '') : text
    const draft = JSON.parse(fromBase64Url(stored)) as Draft
    return isDraft(draft) ? draft : emptyDraft
  } catch {
    return emptyDraft
  }
}

/** Only the shape: what is in it goes through the server's own checks before anything moves. */
function isDraft(value: unknown): boolean {
  return sameShape(value, emptyDraft)
}

function sameShape(value: unknown, model: unknown): boolean {
  if (model === null) return true
  if (value === null) return false
  if (Array.isArray(model)) return Array.isArray(value)
  if (typeof model !== 'object') return typeof value === typeof model
  if (typeof value !== 'object') return false
  return Object.entries(model).every(([key, part]) =>
    sameShape((value as Record<string, unknown>)[key], part),
  )
}

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))
}

/** Names a stored draft; two that differ may not share a name, so it only has to be long enough. */
function hash(text: string): string {
  let [a, b] = [0, 0]
  for (let index = 0; index < text.length; index++) {
    a = (Math.imul(a, 31) + text.charCodeAt(index)) | 0
    b = (Math.imul(b, 131) + text.charCodeAt(index)) | 0
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36)
}
