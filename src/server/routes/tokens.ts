import { z } from 'zod'
import { apiTokenListSchema, createApiTokenSchema, createdApiTokenSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { whoAsks } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

const path = '/api/v1/tokens'

export function addTokens(app: App, { access: { tokens }, watches }: Services): void {
  app.get(
    path,
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'One’s own API tokens; for an admin those of all',
        response: { 200: apiTokenListSchema, ...problemAnswer },
      },
    },
    async (request) => ({ tokens: await tokens.list(whoAsks(request)) }),
  )
  app.post(
    path,
    {
      config: { needs: 'viewer', audit: 'token.create' },
      schema: {
        summary: 'Create an API token',
        description: 'The answer is the only one that holds the token itself.',
        body: createApiTokenSchema,
        response: { 201: createdApiTokenSchema, ...problemAnswer },
      },
    },
    async (request, reply) => {
      request.subject = request.body.name
      return reply.code(201).send(await tokens.create(whoAsks(request), request.body))
    },
  )
  app.delete(
    `${path}/:id`,
    {
      config: { needs: 'viewer', audit: 'token.revoke' },
      schema: {
        summary: 'Revoke an API token',
        params: z.strictObject({ id: z.string() }),
        response: { 204: z.undefined().describe('It holds no more.'), ...problemAnswer },
      },
    },
    async (request, reply) => {
      await tokens.revoke(whoAsks(request), request.params.id)
      await watches.check()
      return reply.code(204).send()
    },
  )
}
