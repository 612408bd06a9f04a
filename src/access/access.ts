import type {
  ApiToken,
  AuditEntry,
  AuditList,
  AuditQuery,
  CreateApiToken,
  CreatedApiToken,
  LoginWays,
  Role,
  SaveUser,
  User,
  Way,
} from '../shared/index.ts'

/** Somebody who was let in. */
export interface Principal {
  user: string
  role: Role
  way: Way
  /** Null for an API token, and for a token of the identity provider itself. */
  sessionId: string | null
  /** When the access token ends; null for an API token. */
  expiresAt: Date | null
}

/** What a browser keeps of a session. Neither token is kept here: of the second only a hash. */
export interface OpenSession {
  principal: Principal
  /** A JWT (EdDSA) of 15 minutes. */
  accessToken: string
  /** Good for one refresh. Used twice, it ends the session. */
  refreshToken: string
  refreshExpiresAt: Date
}

export interface OidcStart {
  /** Of the provider, to send the browser to. */
  url: string
  /** To be kept by the browser until it comes back. Sealed: it holds the PKCE verifier, the nonce and where to go on. */
  state: string
}

/** Who is let in, and what they did. */
export interface Access {
  ways(): Promise<LoginWays>
  /**
   * Takes an access token of ours, an API token, or a token of the identity provider.
   *
   * @throws {AppError} LOGIN_REQUIRED without one; SESSION_ENDED with one that holds no more, or never did; of the
   *   identity provider also LOGIN_FAILED when its user has no role here, and IDENTITY_PROVIDER
   */
  authenticate(token: string | undefined): Promise<Principal>

  /** @throws {AppError} LOGIN_FAILED, after the same time whether the user exists or not */
  loginByPassword(user: string, password: string): Promise<OpenSession>
  /** A code for one login by somebody of this machine; it ends after ten minutes. */
  createCode(): Promise<string>
  /** @throws {AppError} LOGIN_FAILED when it was used, has ended, or never was */
  loginByCode(code: string): Promise<OpenSession>
  /** @throws {AppError} SESSION_ENDED; then all of the session is ended */
  refresh(refreshToken: string | undefined): Promise<OpenSession>
  logout(sessionId: string): Promise<void>

  /** @param redirectUri of our own callback @param to a path of the page @throws {AppError} IDENTITY_PROVIDER or ROUTE_NOT_FOUND */
  startOidc(redirectUri: string, to: string): Promise<OidcStart>
  /** @param callback the whole address that the provider sent the browser to @throws {AppError} LOGIN_FAILED or IDENTITY_PROVIDER */
  finishOidc(callback: URL, state: string | undefined): Promise<{ session: OpenSession; to: string }>

  users: {
    list(): Promise<User[]>
    /** Any change ends the user's sessions. @throws {AppError} USER_NOT_FOUND, or REQUEST_INVALID when a new one lacks something or no admin would be left */
    save(name: string, given: SaveUser): Promise<User>
    /** With their API tokens and sessions. @throws {AppError} USER_NOT_FOUND */
    remove(name: string): Promise<void>
    /** Ends their other sessions. @throws {AppError} LOGIN_FAILED */
    changePassword(principal: Principal, current: string, next: string): Promise<void>
  }
  tokens: {
    /** One's own; an admin's list has everybody's. */
    list(principal: Principal): Promise<ApiToken[]>
    /** @throws {AppError} ROLE_MISSING when the scope is above the principal's role */
    create(principal: Principal, given: CreateApiToken): Promise<CreatedApiToken>
    /** @throws {AppError} API_TOKEN_NOT_FOUND, also for somebody else's unless an admin asks */
    revoke(principal: Principal, id: string): Promise<void>
  }
  audit: {
    add(entry: Omit<AuditEntry, 'number' | 'at'>): Promise<void>
    /** The newest first. */
    list(query: AuditQuery): Promise<AuditList>
  }
}
