// Directives that ask who somebody is before the request is answered. Facts only.

/** Those that a limit_except block may hold. */
export const authDirectives = [
  'auth_basic',
  'auth_request',
  'auth_jwt',
  'auth_oidc',
  'access_by_lua_block',
  'access_by_lua_file',
] as const

/** Those that a location may hold. */
export const guardDirectives = [...authDirectives, 'js_access'] as const
