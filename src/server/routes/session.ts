import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { OpenSession, Principal } from '../../access/index.ts'
import {
  changePasswordSchema,
  codeLoginSchema,
  loginWaysSchema,
  passwordLoginSchema,
  sessionSchema,
  toAppError,
  type Session,
} from '../../shared/index.ts'
import { originFor } from '../address.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { whoAsks } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

const path = '/api/v1/session'
const opened = { 200: sessionSchema, ...problemAnswer }
const done = (what: string) => ({ 204: z.undefined().describe(what), ...problemAnswer })

export function addSession(app: App, services: Services): void {
  addOwn(app, services)
  addLogin(app, services)
  addOidc(app, services)
}

const shown = ({ user, role, way, expiresAt }: Principal): Session => ({
  user,
  role,
  way,
  expiresAt: expiresAt?.toISOString() ?? null,
})

function addOwn(app: App, { access, cookies, watches }: Services): void {
  app.get(
    path,
    { config: { needs: 'viewer' }, schema: { summary: 'Who one is here', response: opened } },
    (request) => shown(whoAsks(request)),
  )
  app.delete(
    path,
    {
      config: { needs: 'viewer', audit: 'logout' },
      schema: { summary: 'Log out', response: done('The session has ended.') },
    },
    async (request, reply) => {
      const { sessionId } = whoAsks(request)
      if (sessionId !== null) await access.logout(sessionId)
      await watches.check()
      cookies.drop(request, reply)
      return reply.code(204).send()
    },
  )
  app.post(
    `${path}/password`,
    {
      config: { needs: 'viewer', audit: 'password.change', limit: 'password' },
      schema: {
        summary: 'Change one’s own password',
        description: 'One’s other sessions end.',
        body: changePasswordSchema,
        response: done('It is changed.'),
      },
    },
    async (request, reply) => {
      const { current, next } = request.body
      await access.users.changePassword(whoAsks(request), current, next)
      await watches.check()
      return reply.code(204).send()
    },
  )
}

function addLogin(app: App, { access, cookies, watches }: Services): void {
  const open = (request: FastifyRequest, reply: FastifyReply, session: OpenSession): Session => {
    request.principal = session.principal
    cookies.keep(request, reply, session)
    return shown(session.principal)
  }
  app.get(
    `${path}/ways`,
    {
      config: { needs: 'nobody' },
      schema: { summary: 'How one can log in here', response: { 200: loginWaysSchema, ...problemAnswer } },
    },
    () => access.ways(),
  )
  app.post(
    path,
    {
      config: { needs: 'nobody', audit: 'login', limit: 'login' },
      schema: { summary: 'Log in with a password', body: passwordLoginSchema, response: opened },
    },
    async (request, reply) => {
      const { user, password } = request.body
      request.subject = user
      return open(request, reply, await access.loginByPassword(user, password))
    },
  )
  app.post(
    `${path}/code`,
    {
      config: { needs: 'nobody', audit: 'login', limit: 'login' },
      schema: { summary: 'Log in with the code of a one-time link', body: codeLoginSchema, response: opened },
    },
    async (request, reply) => open(request, reply, await access.loginByCode(request.body.code)),
  )
  app.post(
    `${path}/refresh`,
    {
      config: { needs: 'nobody', audit: null, limit: 'refresh' },
      schema: {
        summary: 'Stay logged in',
        description: 'Takes the refresh cookie, which is good for one use, and sets both cookies anew.',
        response: opened,
      },
    },
    async (request, reply) => {
      const token = cookies.refresh(request)
      try {
        const session = await access.refresh(token)
        watches.renew(session)
        return open(request, reply, session)
      } catch (error) {
        // Who came without one may have logged in elsewhere by the time that this answer arrives.
        if (token !== undefined) cookies.drop(request, reply)
        await watches.check()
        throw error
      }
    },
  )
}

function addOidc(app: App, { access, cookies, address }: Services): void {
  /** The browser shows no problem: the page tells of it. */
  const goBack = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const known = toAppError(error)
    if (known.code === 'INTERNAL') request.log.error({ err: error }, 'unforeseen')
    request.refusal = known.code
    return reply.redirect(`/login?error=${known.code}`, 303)
  }
  app.get(
    `${path}/oidc`,
    {
      config: { needs: 'nobody' },
      schema: {
        summary: 'Go to the identity provider to log in',
        querystring: z.strictObject({ to: z.string().max(2000).default('/') }),
        response: problemAnswer,
      },
    },
    async (request, reply) => {
      const callback = `${originFor(address, request)}${path}/oidc/callback`
      try {
        const { url, state } = await access.startOidc(callback, request.query.to)
        cookies.keepState(request, reply, state)
        return await reply.redirect(url, 303)
      } catch (error) {
        return goBack(error, request, reply)
      }
    },
  )
  app.get(
    `${path}/oidc/callback`,
    {
      config: { needs: 'nobody', audit: 'login', limit: 'login' },
      schema: { summary: 'Come back from the identity provider', response: problemAnswer },
    },
    async (request, reply) => {
      cookies.dropState(request, reply)
      try {
        const callback = new URL(request.url, originFor(address, request))
        const { session, to } = await access.finishOidc(callback, cookies.state(request))
        request.principal = session.principal
        cookies.keep(request, reply, session)
        return await reply.redirect(to, 303)
      } catch (error) {
        return goBack(error, request, reply)
      }
    },
  )
}
