const key = 'flathouse-to'

/** The login page's address for who comes from here. */
export function loginAddress(): string {
  const here = `${location.pathname}${location.search}`
  return here === '/' ? '/login' : `/login?${new URLSearchParams({ to: here }).toString()}`
}

/** Where to go on after the login: a place of this page, never another site. */
export function destination(): string {
  const to = new URLSearchParams(location.search).get('to') ?? sessionStorage.getItem(key) ?? '/'
  return /^\/(?![/\\]|login(?:[?#]|$))/.test(to) ? to : '/'
}

/** Keeps it in this tab: the way through an identity provider is too narrow for the address of a long draft. */
export const keepDestination = (): void => sessionStorage.setItem(key, destination())
