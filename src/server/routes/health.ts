import { healthSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { problemAnswer } from '../problems.ts'

export function addHealth(app: App, services: Services): void {
  app.get(
    '/api/v1/health',
    {
      config: { needs: 'viewer' },
      schema: { summary: 'Whether it works', response: { 200: healthSchema, ...problemAnswer } },
    },
    () => {
      const { version, sample } = services
      const embedded = services.embedded()
      return { status: embedded === 'failed' ? 'degraded' : 'ok', version, embedded, sample } as const
    },
  )
  // For what watches over a container, which has no login: it tells nothing else.
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }))
}
