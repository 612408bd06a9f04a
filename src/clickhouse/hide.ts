/**
 * A secret as it may come back from whoever repeats what it was sent: as it is, percent-encoded, and as HTTP's Basic
 * authentication sends it together with the user. None for a very short one: it would be found in every other word,
 * and so be told by what is hidden.
 */
export function formsOf(secret: string, user?: string): string[] {
  if (secret.length < 4) return []
  const basic = user === undefined ? [] : [`${user}:${secret}`, `${strict(user)}:${strict(secret)}`]
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    strict(secret),
    ...basic.map((pair) => Buffer.from(pair).toString('base64')),
  ]
}

/** As OAuth wants it in front of Basic: whatever is no letter or digit. */
const strict = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll(/[-_.!~*'()]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

export const hide = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text)
