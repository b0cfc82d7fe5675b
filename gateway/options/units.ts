// The numbers that options take, with their limits.

import { z } from 'zod'

export const count = (limit: number) => z.int().min(0, 'at least 0').max(limit, `at most ${limit}`)
export const seconds = z.number().min(0, 'at least 0').max(86_400, 'at most 86400 seconds')
