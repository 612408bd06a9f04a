import { z } from 'zod'
import { saveUserSchema, userListSchema, userNameSchema, userSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { problemAnswer } from '../problems.ts'

const path = '/api/v1/users'

export function addUsers(app: App, { access: { users }, watches }: Services): void {
  app.get(
    path,
    {
      config: { needs: 'admin' },
      schema: { summary: 'Users with passwords', response: { 200: userListSchema, ...problemAnswer } },
    },
    async () => ({ users: await users.list() }),
  )
  app.put(
    `${path}/:name`,
    {
      config: { needs: 'admin', audit: 'user.save' },
      schema: {
        summary: 'Add or change a user',
        description: 'A new one needs a role and a password. Any change ends the user’s sessions.',
        params: z.strictObject({ name: userNameSchema }),
        body: saveUserSchema,
        response: { 200: userSchema, ...problemAnswer },
      },
    },
    async ({ params, body }) => {
      const saved = await users.save(params.name, body)
      await watches.check()
      return saved
    },
  )
  app.delete(
    `${path}/:name`,
    {
      config: { needs: 'admin', audit: 'user.remove' },
      schema: {
        summary: 'Remove a user, with their sessions and API tokens',
        params: z.strictObject({ name: z.string() }),
        response: { 204: z.undefined().describe('The user is removed.'), ...problemAnswer },
      },
    },
    async ({ params }, reply) => {
      await users.remove(params.name)
      await watches.check()
      return reply.code(204).send()
    },
  )
}
